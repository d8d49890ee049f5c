/**
 * Theory: the pointer means the smallest thing it touches; outlines answer within a tolerance,
 * filled shapes also inside, and whatever is selected wins among equals.
 */
import { maskContains } from "./rle";
import {
  area,
  bounds,
  CUBOID_FACES,
  type Ellipse,
  rectangleCorners,
  rotateAround,
  type Shape,
  visibleNodes,
} from "./shapes";
import type { Point } from "./viewport";

export interface Target {
  readonly key: string;
  readonly shape: Shape;
}

/** Distance from a point to the segment from `a` to `b`. */
export function distanceToSegment(point: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const lengthSquared = dx * dx + dy * dy;
  const along =
    lengthSquared === 0 ? 0 : ((point.x - a.x) * dx + (point.y - a.y) * dy) / lengthSquared;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy);
}

/** Whether a point lies inside a ring, by the even-odd rule. */
export function insideRing(point: Point, ring: readonly Point[]): boolean {
  let inside = false;
  ring.forEach((a, index) => {
    const b = ring[(index + 1) % ring.length] as Point;
    const crosses = a.y > point.y !== b.y > point.y;
    if (crosses && point.x < ((b.x - a.x) * (point.y - a.y)) / (b.y - a.y) + a.x) {
      inside = !inside;
    }
  });
  return inside;
}

function nearPath(point: Point, path: readonly Point[], closed: boolean, tolerance: number) {
  const last = closed ? path.length : path.length - 1;
  for (let index = 0; index < last; index += 1) {
    const a = path[index] as Point;
    const b = path[(index + 1) % path.length] as Point;
    if (distanceToSegment(point, a, b) <= tolerance) {
      return true;
    }
  }
  return false;
}

function nearAny(point: Point, dots: readonly Point[], tolerance: number): boolean {
  return dots.some((dot) => Math.hypot(dot.x - point.x, dot.y - point.y) <= tolerance);
}

function inEllipse(point: Point, shape: Ellipse, tolerance: number): boolean {
  const upright = rotateAround(point, shape.centre, -shape.rotation);
  const x = (upright.x - shape.centre.x) / (shape.radiusX + tolerance);
  const y = (upright.y - shape.centre.y) / (shape.radiusY + tolerance);
  return x * x + y * y <= 1;
}

/** Whether an image point touches a shape; `tolerance` is in image pixels. */
export function touches(shape: Shape, point: Point, tolerance: number): boolean {
  switch (shape.kind) {
    case "rectangle": {
      const corners = rectangleCorners(shape);
      return insideRing(point, corners) || nearPath(point, corners, true, tolerance);
    }
    case "polygon":
      return insideRing(point, shape.points) || nearPath(point, shape.points, true, tolerance);
    case "polyline":
      return nearPath(point, shape.points, false, tolerance);
    case "points":
      return nearAny(point, shape.points, tolerance * 1.5);
    case "ellipse":
      return inEllipse(point, shape, tolerance);
    case "mask":
      return maskContains(shape.mask, point);
    case "cuboid":
      return CUBOID_FACES.some((face) =>
        insideRing(
          point,
          face.map((index) => shape.corners[index] as Point),
        ),
      );
    case "skeleton": {
      const nodes = visibleNodes(shape).map((node) => node.point);
      const bones = shape.edges
        .map(([from, to]) => [shape.nodes[from], shape.nodes[to]] as const)
        .filter(([from, to]) => from && to && !from.outside && !to.outside);
      return (
        nearAny(point, nodes, tolerance * 1.5) ||
        bones.some(
          ([from, to]) => from && to && distanceToSegment(point, from.point, to.point) <= tolerance,
        )
      );
    }
  }
}

/** The targets under an image point, smallest first. */
export function hitAll<T extends Target>(
  targets: readonly T[],
  point: Point,
  tolerance: number,
): T[] {
  return targets
    .filter(({ shape }) => {
      const box = bounds(shape);
      return (
        box !== null &&
        point.x >= box.left - 2 * tolerance &&
        point.x <= box.right + 2 * tolerance &&
        point.y >= box.top - 2 * tolerance &&
        point.y <= box.bottom + 2 * tolerance &&
        touches(shape, point, tolerance)
      );
    })
    .map((target) => ({ target, size: area(target.shape) }))
    .sort((a, b) => a.size - b.size)
    .map(({ target }) => target);
}

/** What a click means: the smallest target, or the next larger one when clicked there again. */
export function pick<T extends Target>(
  targets: readonly T[],
  point: Point,
  tolerance: number,
  selectedKey: string | null,
): T | null {
  const hits = hitAll(targets, point, tolerance);
  const current = hits.findIndex((target) => target.key === selectedKey);
  return hits[(current + 1) % Math.max(1, hits.length)] ?? null;
}
