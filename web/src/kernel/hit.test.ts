import { expect, test } from "vitest";
import { distanceToSegment, hitAll, insideRing, pick, type Target, touches } from "./hit";
import { decodeMask } from "./rle";
import { area, bounds, type Shape } from "./shapes";

const box = (left: number, top: number, right: number, bottom: number, rotation = 0): Shape => ({
  kind: "rectangle",
  box: { left, top, right, bottom },
  rotation,
});
const target = (key: string, shape: Shape): Target => ({ key, shape });
const SQUARE = [
  { x: 0, y: 0 },
  { x: 10, y: 0 },
  { x: 10, y: 10 },
  { x: 0, y: 10 },
];

test("distance to a segment ends at its ends", () => {
  const [a, b] = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
  ];
  expect(distanceToSegment({ x: 5, y: 3 }, a, b)).toBe(3);
  expect(distanceToSegment({ x: 13, y: 4 }, a, b)).toBe(5);
  expect(distanceToSegment({ x: 3, y: 4 }, a, a)).toBe(5);
});

test("inside of a concave ring", () => {
  const ring = [...SQUARE, { x: 5, y: 5 }];
  expect(insideRing({ x: 8, y: 5 }, ring)).toBe(true);
  expect(insideRing({ x: 2, y: 5 }, ring)).toBe(false);
});

test("a rotated rectangle is hit where it's drawn", () => {
  const shape = box(0, 40, 100, 60, 90);
  expect(touches(shape, { x: 50, y: 5 }, 1)).toBe(true);
  expect(touches(shape, { x: 5, y: 50 }, 1)).toBe(false);
  const around = bounds(shape);
  expect(around?.left).toBeCloseTo(40);
  expect(around?.bottom).toBeCloseTo(100);
});

test("an ellipse isn't its box", () => {
  const shape: Shape = {
    kind: "ellipse",
    centre: { x: 50, y: 50 },
    radiusX: 40,
    radiusY: 20,
    rotation: 0,
  };
  expect(touches(shape, { x: 50, y: 50 }, 1)).toBe(true);
  expect(touches(shape, { x: 15, y: 32 }, 1)).toBe(false);
  expect(bounds(shape)).toEqual({ left: 10, top: 30, right: 90, bottom: 70 });
});

test("a turned ellipse has the box of its turned form", () => {
  const around = bounds({
    kind: "ellipse",
    centre: { x: 0, y: 0 },
    radiusX: 40,
    radiusY: 20,
    rotation: 90,
  });
  expect(around?.right).toBeCloseTo(20);
  expect(around?.bottom).toBeCloseTo(40);
});

test("a polyline is hit on its line only, within the tolerance", () => {
  const shape: Shape = { kind: "polyline", points: SQUARE };
  expect(touches(shape, { x: 5, y: 2 }, 3)).toBe(true);
  expect(touches(shape, { x: 5, y: 5 }, 3)).toBe(false);
  expect(touches(shape, { x: 0, y: 5 }, 3)).toBe(false);
});

test("a mask is hit on its pixels only", () => {
  const shape: Shape = { kind: "mask", mask: decodeMask([1, 1, 0, 0, 1, 0]) };
  expect(touches(shape, { x: 0.5, y: 0.5 }, 9)).toBe(false);
  expect(touches(shape, { x: 1.5, y: 0.5 }, 9)).toBe(true);
});

test("a skeleton is hit on nodes and bones that are in the picture", () => {
  const node = (x: number, outside = false) => ({
    name: "",
    point: { x, y: 0 },
    occluded: false,
    outside,
  });
  const shape: Shape = {
    kind: "skeleton",
    nodes: [node(0), node(100), node(200, true)],
    edges: [
      [0, 1],
      [1, 2],
    ],
  };
  expect(touches(shape, { x: 50, y: 1 }, 2)).toBe(true);
  expect(touches(shape, { x: 150, y: 1 }, 2)).toBe(false);
  expect(bounds(shape)).toEqual({ left: 0, top: 0, right: 100, bottom: 0 });
});

test("a cuboid is hit on any of its faces", () => {
  const corners = [
    [0, 0, 0, 10],
    [10, 0, 10, 10],
    [14, -4, 14, 6],
    [4, -4, 4, 6],
  ].flatMap(([x1, y1, x2, y2]) => [
    { x: x1 as number, y: y1 as number },
    { x: x2 as number, y: y2 as number },
  ]);
  const shape: Shape = { kind: "cuboid", corners };
  expect(touches(shape, { x: 13, y: 0 }, 0)).toBe(true);
  expect(touches(shape, { x: 13, y: 9 }, 0)).toBe(false);
});

test("the smallest shape under the pointer comes first", () => {
  const all = [target("large", box(0, 0, 100, 100)), target("small", box(40, 40, 60, 60))];
  expect(hitAll(all, { x: 50, y: 50 }, 1).map(({ key }) => key)).toEqual(["small", "large"]);
  expect(hitAll(all, { x: 10, y: 10 }, 1).map(({ key }) => key)).toEqual(["large"]);
  expect(hitAll(all, { x: 200, y: 10 }, 1)).toEqual([]);
});

test("clicking again takes the next larger shape, and then the smallest again", () => {
  const all = [target("large", box(0, 0, 100, 100)), target("small", box(40, 40, 60, 60))];
  const at = { x: 50, y: 50 };
  expect(pick(all, at, 1, null)?.key).toBe("small");
  expect(pick(all, at, 1, "small")?.key).toBe("large");
  expect(pick(all, at, 1, "large")?.key).toBe("small");
  expect(pick(all, { x: 500, y: 0 }, 1, "large")).toBeNull();
});

test("areas of a polygon, either way round", () => {
  const triangle = [
    { x: 0, y: 0 },
    { x: 4, y: 0 },
    { x: 0, y: 3 },
  ];
  expect(area({ kind: "polygon", points: triangle })).toBe(6);
  expect(area({ kind: "polygon", points: [...triangle].reverse() })).toBe(6);
});
