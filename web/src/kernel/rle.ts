/**
 * Theory: a mask travels as run lengths, row by row inside its box, beginning with a run of
 * background, followed by the box's inclusive corners; here it becomes one byte a pixel of the box.
 */
import type { Point } from "./viewport";

export interface Mask {
  /** Image pixel of the first column and row. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** `width * height` bytes, row-major, 1 inside the mask. */
  readonly bits: Uint8Array;
}

export class MaskError extends Error {
  override readonly name = "MaskError";
}

/** Decodes `[run, run, …, left, top, right, bottom]`; throws MaskError when the runs don't fit. */
export function decodeMask(points: readonly number[]): Mask {
  if (points.length < 5) {
    throw new MaskError(`A mask needs at least one run and four corners, got ${points.length}.`);
  }
  const [left, top, right, bottom] = points.slice(-4) as [number, number, number, number];
  const width = right - left + 1;
  const height = bottom - top + 1;
  const isBox = [left, top, right, bottom].every(Number.isInteger) && width > 0 && height > 0;
  if (!isBox) {
    throw new MaskError(`The mask's box ${left},${top},${right},${bottom} is no pixel box.`);
  }
  const runs = points.slice(0, -4);
  const total = runs.reduce((sum, run) => sum + run, 0);
  const areRuns = runs.every((run) => Number.isInteger(run) && run >= 0);
  if (!areRuns || total !== width * height) {
    throw new MaskError(`The mask's runs cover ${total} pixels, its box has ${width * height}.`);
  }
  return { left, top, width, height, bits: fillRuns(runs, total) };
}

function fillRuns(runs: readonly number[], total: number): Uint8Array {
  const bits = new Uint8Array(total);
  let position = 0;
  runs.forEach((run, index) => {
    if (index % 2 === 1) {
      bits.fill(1, position, position + run);
    }
    position += run;
  });
  return bits;
}

/** Number of pixels in the mask. */
export function maskArea(mask: Mask): number {
  return mask.bits.reduce((sum, bit) => sum + bit, 0);
}

/** Whether the pixel that holds an image point belongs to the mask. */
export function maskContains(mask: Mask, point: Point): boolean {
  const column = Math.floor(point.x) - mask.left;
  const row = Math.floor(point.y) - mask.top;
  if (column < 0 || row < 0 || column >= mask.width || row >= mask.height) {
    return false;
  }
  return mask.bits[row * mask.width + column] === 1;
}

/** A straight piece of a mask's outline, in image pixels. */
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/** The mask's outline along pixel edges, as horizontal and vertical pieces in image pixels. */
export function maskOutline(mask: Mask): Segment[] {
  const inside = (column: number, row: number): boolean =>
    column >= 0 &&
    row >= 0 &&
    column < mask.width &&
    row < mask.height &&
    mask.bits[row * mask.width + column] === 1;
  const { left, top, width, height } = mask;
  const across = edgeRuns(height, width, (line, at) => inside(at, line - 1) !== inside(at, line));
  const down = edgeRuns(width, height, (line, at) => inside(line - 1, at) !== inside(line, at));
  return [
    ...across.map(([y, a, b]): Segment => [left + a, top + y, left + b, top + y]),
    ...down.map(([x, a, b]): Segment => [left + x, top + a, left + x, top + b]),
  ];
}

function edgeRuns(
  lines: number,
  length: number,
  isEdge: (line: number, at: number) => boolean,
): [line: number, start: number, stop: number][] {
  const runs: [number, number, number][] = [];
  for (let line = 0; line <= lines; line += 1) {
    let start = -1;
    for (let at = 0; at <= length; at += 1) {
      const edge = at < length && isEdge(line, at);
      if (edge && start < 0) {
        start = at;
      } else if (!edge && start >= 0) {
        runs.push([line, start, at]);
        start = -1;
      }
    }
  }
  return runs;
}
