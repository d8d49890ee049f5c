/**
 * Theory: shapes become paths in screen pixels and are stroked afterwards, so that lines keep their
 * width at every zoom; a dark halo under each line makes it read on any picture.
 */
import type { Brush } from "./brush";
import { withAlpha } from "./colour";
import { paintMask, traceOutline } from "./paint-masks";
import type { Drawable } from "./scene";
import {
  CUBOID_FACES,
  type Ellipse,
  type MaskShape,
  rectangleCorners,
  type Shape,
  type Skeleton,
} from "./shapes";
import { type Point, toScreen } from "./viewport";

const LINE_WIDTH = 1.5;
const HALO_WIDTH = 1;
const HALO = "rgb(0 0 0 / 0.6)";
const FILL_HOVERED = 0.12;
const FILL_SELECTED = 0.18;
const MASK_ALPHA = 0.45;
const DASH_PREDICTED = [6, 4];
const DASH_OCCLUDED = [2, 3];
const KEYPOINT_RADIUS = 4;
const VERTEX_RADIUS = 2.5;
const RING_WIDTH = 10;
const RING_ALPHA = 0.55;

type Outlined = Exclude<Shape, MaskShape>;

/** Paints drawables as they are when nobody points at them. */
export function paintQuiet(brush: Brush, drawables: readonly Drawable[]): void {
  const lines = new Map<string, Drawable[]>();
  for (const drawable of drawables) {
    const { shape, colour } = drawable;
    if (shape.kind === "mask") {
      paintMask(brush, shape.mask, colour, MASK_ALPHA);
    } else if (shape.kind !== "points") {
      const kind = `${colour} ${dashOf(drawable)}`;
      const alike = lines.get(kind) ?? [];
      alike.push(drawable);
      lines.set(kind, alike);
    }
  }
  const batches = [...lines.values()].flatMap(inBatches);
  for (const batch of batches) {
    traceAll(brush, batch);
    strokeHalo(brush);
  }
  for (const batch of batches) {
    const [first] = batch;
    if (first) {
      traceAll(brush, batch);
      strokeLine(brush, first.colour, dashOf(first));
    }
  }
  for (const { shape, colour } of drawables) {
    if (shape.kind === "points") {
      paintDots(brush, shape.points, colour, KEYPOINT_RADIUS);
    } else if (shape.kind === "skeleton") {
      paintNodes(brush, shape, colour);
    }
  }
}

/**
 * Some dozens of shapes share one path: measured with 5,000 shapes, a path for each and one path
 * for all both take about twice as long.
 */
const BATCH = 32;

function inBatches(drawables: readonly Drawable[]): Drawable[][] {
  return Array.from({ length: Math.ceil(drawables.length / BATCH) }, (_, index) =>
    drawables.slice(index * BATCH, (index + 1) * BATCH),
  );
}

/** Paints one drawable over its quiet self: slightly filled, and a mask with its outline. */
export function paintHovered(brush: Brush, drawable: Drawable): void {
  paintStrong(brush, drawable, drawable.colour, FILL_HOVERED);
}

/** Paints one drawable over its quiet self: accent outline, filled, with its vertices. */
export function paintSelected(brush: Brush, drawable: Drawable): void {
  const { shape } = drawable;
  const { accent } = brush.style;
  paintStrong(brush, drawable, accent, FILL_SELECTED);
  if (shape.kind === "polygon" || shape.kind === "polyline") {
    paintDots(brush, shape.points, accent, VERTEX_RADIUS + 1);
  }
}

function paintStrong(brush: Brush, drawable: Drawable, stroke: string, fillAlpha: number): void {
  const { shape, colour } = drawable;
  if (shape.kind === "mask") {
    paintMask(brush, shape.mask, colour, fillAlpha);
    traceOutline(brush, shape.mask);
    strokeHalo(brush);
    strokeLine(brush, stroke, []);
    return;
  }
  if (shape.kind === "points") {
    paintDots(brush, shape.points, stroke, KEYPOINT_RADIUS + 1);
    return;
  }
  traceAll(brush, [drawable]);
  if (shape.kind !== "polyline" && shape.kind !== "skeleton") {
    brush.context.fillStyle = withAlpha(colour, fillAlpha);
    brush.context.fill("nonzero");
  }
  strokeHalo(brush);
  strokeLine(brush, stroke, dashOf(drawable));
  if (shape.kind === "skeleton") {
    paintNodes(brush, shape, stroke);
  }
}

/** Paints a ring around a shape that just changed; strength 1 is fresh, 0 is gone. */
export function paintRing(brush: Brush, { shape }: Drawable, strength: number): void {
  const { context, style } = brush;
  context.beginPath();
  if (shape.kind === "mask") {
    traceOutline(brush, shape.mask);
  } else {
    trace(brush, shape);
  }
  context.lineJoin = "round";
  context.lineWidth = LINE_WIDTH + RING_WIDTH * strength;
  context.strokeStyle = withAlpha(style.accent, RING_ALPHA * strength);
  context.stroke();
}

function dashOf({ predicted, occluded }: Drawable): number[] {
  return occluded ? DASH_OCCLUDED : predicted ? DASH_PREDICTED : [];
}

function strokeHalo({ context }: Brush): void {
  context.lineJoin = "round";
  context.lineWidth = LINE_WIDTH + 2 * HALO_WIDTH;
  context.strokeStyle = HALO;
  context.stroke();
}

function strokeLine({ context }: Brush, colour: string, dash: number[]): void {
  context.setLineDash(dash);
  context.lineWidth = LINE_WIDTH;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
}

function traceAll(brush: Brush, drawables: readonly Drawable[]): void {
  brush.context.beginPath();
  for (const { shape } of drawables) {
    if (shape.kind !== "mask") {
      trace(brush, shape);
    }
  }
}

function trace(brush: Brush, shape: Outlined): void {
  switch (shape.kind) {
    case "rectangle":
      addPath(brush, rectangleCorners(shape), true);
      break;
    case "ellipse":
      addEllipse(brush, shape);
      break;
    case "cuboid":
      for (const face of CUBOID_FACES) {
        addPath(
          brush,
          face.map((index) => shape.corners[index] as Point),
          true,
        );
      }
      break;
    case "skeleton":
      addBones(brush, shape);
      break;
    case "points":
      for (const point of shape.points) {
        const { x, y } = toScreen(brush.viewport, point);
        brush.context.moveTo(x + KEYPOINT_RADIUS, y);
        brush.context.arc(x, y, KEYPOINT_RADIUS, 0, 2 * Math.PI);
      }
      break;
    default:
      addPath(brush, shape.points, shape.kind === "polygon");
  }
}

function addPath({ context, viewport }: Brush, points: readonly Point[], closed: boolean): void {
  points.forEach((point, index) => {
    const { x, y } = toScreen(viewport, point);
    if (index === 0) {
      context.moveTo(x, y);
    } else {
      context.lineTo(x, y);
    }
  });
  if (closed) {
    context.closePath();
  }
}

function addEllipse({ context, viewport }: Brush, shape: Ellipse): void {
  const { x, y } = toScreen(viewport, shape.centre);
  const [rx, ry] = [shape.radiusX * viewport.scale, shape.radiusY * viewport.scale];
  const turn = (shape.rotation * Math.PI) / 180;
  // Without this a line would lead here from the shape before.
  context.moveTo(x + rx * Math.cos(turn), y + rx * Math.sin(turn));
  context.ellipse(x, y, rx, ry, turn, 0, 2 * Math.PI);
}

function addBones(brush: Brush, shape: Skeleton): void {
  for (const [from, to] of shape.edges) {
    const [a, b] = [shape.nodes[from], shape.nodes[to]];
    if (a && b && !a.outside && !b.outside) {
      addPath(brush, [a.point, b.point], false);
    }
  }
}

function paintNodes({ context, viewport }: Brush, shape: Skeleton, colour: string): void {
  for (const node of shape.nodes) {
    if (node.outside) {
      continue;
    }
    const { x, y } = toScreen(viewport, node.point);
    context.beginPath();
    context.arc(x, y, KEYPOINT_RADIUS - 0.5, 0, 2 * Math.PI);
    // A hidden joint is a ring, a visible one a disc: the difference isn't left to colour.
    context.fillStyle = node.occluded ? "rgb(0 0 0 / 0.35)" : colour;
    context.fill();
    context.lineWidth = LINE_WIDTH;
    context.strokeStyle = node.occluded ? colour : HALO;
    context.stroke();
  }
}

function paintDots(
  { context, viewport }: Brush,
  points: readonly Point[],
  colour: string,
  radius: number,
): void {
  for (const point of points) {
    const { x, y } = toScreen(viewport, point);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = HALO_WIDTH;
    context.strokeStyle = HALO;
    context.stroke();
  }
}
