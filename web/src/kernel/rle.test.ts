import { expect, test } from "vitest";
import { decodeMask, MaskError, maskArea, maskContains, maskOutline } from "./rle";

// .##
// .##
// #..   at (10, 20)
const MASK = [1, 2, 1, 3, 2, 10, 20, 12, 22];

test("runs begin with background and go row by row", () => {
  const mask = decodeMask(MASK);
  expect(mask).toMatchObject({ left: 10, top: 20, width: 3, height: 3 });
  expect([...mask.bits]).toEqual([0, 1, 1, 0, 1, 1, 1, 0, 0]);
  expect(maskArea(mask)).toBe(5);
});

test("a mask that begins with foreground has a first run of zero", () => {
  const mask = decodeMask([0, 4, 5, 5, 6, 6]);
  expect([...mask.bits]).toEqual([1, 1, 1, 1]);
});

test("a point belongs to the pixel that holds it", () => {
  const mask = decodeMask(MASK);
  expect(maskContains(mask, { x: 11.0, y: 20.9 })).toBe(true);
  expect(maskContains(mask, { x: 10.99, y: 20.9 })).toBe(false);
  expect(maskContains(mask, { x: 10.5, y: 22.5 })).toBe(true);
  expect(maskContains(mask, { x: 13, y: 20 })).toBe(false);
});

test("the outline follows pixel edges and joins straight pieces", () => {
  const square = decodeMask([0, 4, 5, 5, 6, 6]);
  expect(maskOutline(square)).toEqual([
    [5, 5, 7, 5],
    [5, 7, 7, 7],
    [5, 5, 5, 7],
    [7, 5, 7, 7],
  ]);
});

test("the outline goes around holes", () => {
  const ring = decodeMask([0, 4, 1, 4, 0, 0, 2, 2]);
  const length = maskOutline(ring).reduce(
    (sum, [x1, y1, x2, y2]) => sum + Math.abs(x2 - x1) + Math.abs(y2 - y1),
    0,
  );
  expect(length).toBe(12 + 4);
});

test.each([
  ["too few numbers", [1, 2, 3], "at least one run"],
  ["runs that don't fill the box", [3, 10, 10, 12, 13], "cover 3 pixels, its box has 12"],
  ["a box turned inside out", [4, 10, 10, 8, 8], "no pixel box"],
  ["a negative run", [5, -1, 0, 0, 1, 1], "cover 4 pixels"],
  ["half pixels", [4, 0.5, 0, 1.5, 1], "no pixel box"],
])("%s: refused", (_case, points, message) => {
  expect(() => decodeMask(points)).toThrow(MaskError);
  expect(() => decodeMask(points)).toThrow(message);
});
