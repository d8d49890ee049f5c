import { expect, test } from "vitest";
import {
  centredAt,
  fitted,
  keepInSight,
  panBy,
  toImage,
  toScreen,
  zoomAt,
  zoomLimits,
} from "./viewport";

const SCREEN = { width: 800, height: 600 };

test("a wide picture is fitted by its width and centred", () => {
  const viewport = fitted({ width: 1600, height: 600 }, SCREEN);
  expect(viewport).toEqual({ scale: 0.5, offsetX: 0, offsetY: 150 });
});

test("a margin is kept free on each side", () => {
  const viewport = fitted({ width: 100, height: 100 }, SCREEN, 50);
  expect(viewport).toEqual({ scale: 5, offsetX: 150, offsetY: 50 });
});

test("to the screen and back is the same point, at floats too", () => {
  const viewport = { scale: 3.7, offsetX: -12.5, offsetY: 8.25 };
  const point = { x: 10.123, y: 99.5 };
  const back = toImage(viewport, toScreen(viewport, point));
  expect(back.x).toBeCloseTo(point.x, 10);
  expect(back.y).toBeCloseTo(point.y, 10);
});

test("zooming keeps the image point under the pointer", () => {
  const viewport = { scale: 2, offsetX: 30, offsetY: 40 };
  const pivot = { x: 130, y: 240 };
  const zoomed = zoomAt(viewport, pivot, 1.5, { min: 0.1, max: 64 });
  expect(toImage(viewport, pivot)).toEqual({ x: 50, y: 100 });
  expect(toImage(zoomed, pivot)).toEqual({ x: 50, y: 100 });
  expect(zoomed.scale).toBe(3);
});

test("zooming stops at the limits without moving", () => {
  const viewport = { scale: 64, offsetX: 1, offsetY: 2 };
  expect(zoomAt(viewport, { x: 5, y: 5 }, 2, { min: 1, max: 64 })).toEqual(viewport);
});

test("limits allow at least the fitted size, however small the picture", () => {
  expect(zoomLimits({ scale: 100, offsetX: 0, offsetY: 0 })).toEqual({ min: 1, max: 100 });
  expect(zoomLimits({ scale: 0.5, offsetX: 0, offsetY: 0 })).toEqual({ min: 0.05, max: 64 });
});

test("panning adds screen pixels", () => {
  expect(panBy({ scale: 2, offsetX: 1, offsetY: 2 }, 10, -5)).toEqual({
    scale: 2,
    offsetX: 11,
    offsetY: -3,
  });
});

test("a point is put in the middle of the screen", () => {
  const viewport = centredAt({ x: 10, y: 20 }, 4, SCREEN);
  expect(toScreen(viewport, { x: 10, y: 20 })).toEqual({ x: 400, y: 300 });
});

test("a picture that was dragged away keeps a strip in sight", () => {
  const image = { width: 100, height: 100 };
  const far = { scale: 2, offsetX: 5000, offsetY: -5000 };
  expect(keepInSight(far, image, SCREEN)).toEqual({ scale: 2, offsetX: 752, offsetY: -152 });
});
