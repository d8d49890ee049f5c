/**
 * Theory: a shape is a plain value in float image pixels (x right, y down, a pixel's centre at .5);
 * everything that is drawn or hit is derived from it and from nothing else.
 */
import { type Mask, maskArea } from "./rle";
import type { Point } from "./viewport";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Rectangle {
  readonly kind: "rectangle";
  readonly box: Box;
  /** Degrees clockwise around the box's centre. */
  readonly rotation: number;
}

export interface Ellipse {
  readonly kind: "ellipse";
  readonly centre: Point;
  readonly radiusX: number;
  readonly radiusY: number;
  /** Degrees clockwise around the centre. */
  readonly rotation: number;
}

export interface Path {
  readonly kind: "polygon" | "polyline" | "points";
  readonly points: readonly Point[];
}

export interface MaskShape {
  readonly kind: "mask";
  readonly mask: Mask;
}

export interface SkeletonNode {
  readonly name: string;
  readonly point: Point;
  readonly occluded: boolean;
  /** True when the node isn't in the picture: it is neither drawn nor hit. */
  readonly outside: boolean;
}

export interface Skeleton {
  readonly kind: "skeleton";
  readonly nodes: readonly SkeletonNode[];
  /** Pairs of indices into `nodes`. */
  readonly edges: readonly (readonly [number, number])[];
}

/** A projected box: the eight corners as four vertical edges, front left, front right, back right,
 * back left, each from top to bottom. */
export interface Cuboid {
  readonly kind: "cuboid";
  readonly corners: readonly Point[];
}

export type Shape = Rectangle | Ellipse | Path | MaskShape | Skeleton | Cuboid;

/** Corner indices of a cuboid's faces; the front comes last, on top. */
export const CUBOID_FACES: readonly (readonly [number, number, number, number])[] = [
  [4, 5, 7, 6],
  [6, 7, 1, 0],
  [0, 2, 4, 6],
  [1, 3, 5, 7],
  [2, 3, 5, 4],
  [0, 1, 3, 2],
];

/** Turns a point around a centre, degrees clockwise (y points down). */
export function rotateAround(point: Point, centre: Point, degrees: number): Point {
  if (degrees === 0) {
    return point;
  }
  const radians = (degrees * Math.PI) / 180;
  const dx = point.x - centre.x;
  const dy = point.y - centre.y;
  return {
    x: centre.x + dx * Math.cos(radians) - dy * Math.sin(radians),
    y: centre.y + dx * Math.sin(radians) + dy * Math.cos(radians),
  };
}

export function boxCentre(box: Box): Point {
  return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
}

/** The four corners of a rectangle after its rotation, clockwise from top-left. */
export function rectangleCorners(shape: Rectangle): Point[] {
  const { left, top, right, bottom } = shape.box;
  const centre = boxCentre(shape.box);
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ].map((corner) => rotateAround(corner, centre, shape.rotation));
}

export function visibleNodes(shape: Skeleton): SkeletonNode[] {
  return shape.nodes.filter((node) => !node.outside);
}

/** The upright box around some points; null when there are none. */
export function boxOf(points: readonly Point[]): Box | null {
  if (points.length === 0) {
    return null;
  }
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { left, top, right, bottom };
}

/** The upright box around a whole shape; null when it has nothing to show. */
export function bounds(shape: Shape): Box | null {
  switch (shape.kind) {
    case "rectangle":
      return boxOf(rectangleCorners(shape));
    case "ellipse":
      return ellipseBounds(shape);
    case "mask": {
      const { left, top, width, height } = shape.mask;
      return { left, top, right: left + width, bottom: top + height };
    }
    case "skeleton":
      return boxOf(visibleNodes(shape).map((node) => node.point));
    case "cuboid":
      return boxOf(shape.corners);
    default:
      return boxOf(shape.points);
  }
}

function ellipseBounds({ centre, radiusX, radiusY, rotation }: Ellipse): Box {
  const radians = (rotation * Math.PI) / 180;
  const halfWidth = Math.hypot(radiusX * Math.cos(radians), radiusY * Math.sin(radians));
  const halfHeight = Math.hypot(radiusX * Math.sin(radians), radiusY * Math.cos(radians));
  return {
    left: centre.x - halfWidth,
    top: centre.y - halfHeight,
    right: centre.x + halfWidth,
    bottom: centre.y + halfHeight,
  };
}

/** Area of a ring of points in square pixels (shoelace formula, always positive). */
export function ringArea(ring: readonly Point[]): number {
  let twice = 0;
  ring.forEach((a, index) => {
    const b = ring[(index + 1) % ring.length] as Point;
    twice += a.x * b.y - b.x * a.y;
  });
  return Math.abs(twice) / 2;
}

/** Covered area in square pixels, used to put smaller shapes above larger ones; open shapes are 0. */
export function area(shape: Shape): number {
  switch (shape.kind) {
    case "rectangle":
      return (shape.box.right - shape.box.left) * (shape.box.bottom - shape.box.top);
    case "ellipse":
      return Math.PI * shape.radiusX * shape.radiusY;
    case "mask":
      return maskArea(shape.mask);
    case "polygon":
      return ringArea(shape.points);
    case "cuboid": {
      const box = boxOf(shape.corners);
      return box ? (box.right - box.left) * (box.bottom - box.top) : 0;
    }
    default:
      return 0;
  }
}
