/**
 * Theory: painting turns image pixels into screen pixels first and strokes afterwards, so that
 * lines keep their width at every zoom; a dark halo under each line makes it read on any picture.
 */
import { CHIP_HEIGHT, type PlacedChip, placeChips } from "./chips";
import { inkOn, parseHex, withAlpha } from "./colour";
import { type Mask, maskOutline } from "./rle";
import type { Drawable, Highlight, SceneStyle } from "./scene";
import {
  type Box,
  bounds,
  CUBOID_FACES,
  type Ellipse,
  rectangleCorners,
  type Shape,
  type Skeleton,
} from "./shapes";
import { type Point, type Size, toScreen, type Viewport } from "./viewport";

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
const CHIP_FONT_SIZE = 11;
const CHIP_PADDING = 5;

export interface Scene {
  readonly picture: CanvasImageSource | null;
  readonly pictureSize: Size | null;
  /** Bottom to top. */
  readonly drawables: readonly Drawable[];
  readonly highlight: Highlight;
  /** Strength 0..1 of the ring around labels that just changed. */
  readonly flash: ReadonlyMap<string, number>;
}

interface Brush {
  readonly context: CanvasRenderingContext2D;
  readonly viewport: Viewport;
  readonly style: SceneStyle;
}

/** Paints the whole scene; the context's unit must already be CSS pixels. */
export function paintScene(brush: Brush, scene: Scene, screen: Size): void {
  const { context, style } = brush;
  context.fillStyle = style.background;
  context.fillRect(0, 0, screen.width, screen.height);
  paintPicture(brush, scene);
  for (const drawable of scene.drawables) {
    const strength = scene.flash.get(drawable.key);
    if (strength !== undefined) {
      paintFlash(brush, drawable.shape, strength);
    }
    paintDrawable(brush, drawable, scene.highlight);
  }
  paintChips(brush, scene, screen);
}

function paintPicture(brush: Brush, { picture, pictureSize }: Scene): void {
  const { context, viewport, style } = brush;
  if (!pictureSize) {
    return;
  }
  const { offsetX, offsetY, scale } = viewport;
  const [width, height] = [pictureSize.width * scale, pictureSize.height * scale];
  if (!picture) {
    context.fillStyle = style.placeholder;
    context.fillRect(offsetX, offsetY, width, height);
    return;
  }
  // Beyond four screen pixels an image pixel is worth seeing as what it is.
  context.imageSmoothingEnabled = scale < 4;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, offsetX, offsetY, width, height);
}

function paintDrawable(brush: Brush, drawable: Drawable, highlight: Highlight): void {
  const { shape, colour, key } = drawable;
  const selected = key === highlight.selected;
  const hovered = key === highlight.hovered;
  const stroke = selected ? brush.style.accent : colour;
  const fillAlpha = selected ? FILL_SELECTED : hovered ? FILL_HOVERED : 0;
  if (shape.kind === "mask") {
    paintMask(brush, shape.mask, colour, MASK_ALPHA + fillAlpha);
    if (selected || hovered) {
      traceOutline(brush, shape.mask);
      strokeTwice(brush, stroke, []);
    }
  } else if (shape.kind === "points") {
    paintDots(brush, shape.points, stroke, KEYPOINT_RADIUS, hovered || selected);
  } else {
    paintLines(brush, drawable, shape, stroke, fillAlpha);
  }
  if (selected && (shape.kind === "polygon" || shape.kind === "polyline")) {
    paintDots(brush, shape.points, stroke, VERTEX_RADIUS, true);
  }
}

function paintLines(
  brush: Brush,
  drawable: Drawable,
  shape: Exclude<Shape, { kind: "mask" }>,
  stroke: string,
  fillAlpha: number,
): void {
  trace(brush, shape);
  if (fillAlpha > 0 && shape.kind !== "polyline" && shape.kind !== "skeleton") {
    brush.context.fillStyle = withAlpha(drawable.colour, fillAlpha);
    brush.context.fill("nonzero");
  }
  strokeTwice(brush, stroke, dashOf(drawable));
  if (shape.kind === "skeleton") {
    paintNodes(brush, shape, stroke);
  }
}

function dashOf({ predicted, occluded }: Drawable): number[] {
  return occluded ? DASH_OCCLUDED : predicted ? DASH_PREDICTED : [];
}

function strokeTwice({ context }: Brush, colour: string, dash: number[]): void {
  context.lineJoin = "round";
  context.setLineDash([]);
  context.lineWidth = LINE_WIDTH + 2 * HALO_WIDTH;
  context.strokeStyle = HALO;
  context.stroke();
  context.setLineDash(dash);
  context.lineWidth = LINE_WIDTH;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
}

function paintFlash(brush: Brush, shape: Shape, strength: number): void {
  const { context, style } = brush;
  if (shape.kind === "mask") {
    traceOutline(brush, shape.mask);
  } else {
    trace(brush, shape);
  }
  context.lineWidth = LINE_WIDTH + 10 * strength;
  context.strokeStyle = withAlpha(style.accent, 0.55 * strength);
  context.stroke();
}

function trace(brush: Brush, shape: Exclude<Shape, { kind: "mask" }>): void {
  brush.context.beginPath();
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
  context.ellipse(x, y, rx, ry, (shape.rotation * Math.PI) / 180, 0, 2 * Math.PI);
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
  strong: boolean,
): void {
  for (const point of points) {
    const { x, y } = toScreen(viewport, point);
    context.beginPath();
    context.arc(x, y, strong ? radius + 1 : radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = HALO_WIDTH;
    context.strokeStyle = HALO;
    context.stroke();
  }
}

const tinted = new WeakMap<Mask, { colour: string; image: HTMLCanvasElement }>();
const outlines = new WeakMap<Mask, ReturnType<typeof maskOutline>>();

function tintedMask(mask: Mask, colour: string): HTMLCanvasElement {
  const known = tinted.get(mask);
  if (known && known.colour === colour) {
    return known.image;
  }
  const image = document.createElement("canvas");
  image.width = mask.width;
  image.height = mask.height;
  const pixels = new ImageData(mask.width, mask.height);
  const { r, g, b } = parseHex(colour);
  mask.bits.forEach((bit, index) => {
    if (bit === 1) {
      pixels.data.set([r, g, b, 255], 4 * index);
    }
  });
  image.getContext("2d")?.putImageData(pixels, 0, 0);
  tinted.set(mask, { colour, image });
  return image;
}

function paintMask({ context, viewport }: Brush, mask: Mask, colour: string, alpha: number): void {
  const { x, y } = toScreen(viewport, { x: mask.left, y: mask.top });
  context.globalAlpha = alpha;
  context.imageSmoothingEnabled = viewport.scale < 2;
  context.drawImage(
    tintedMask(mask, colour),
    x,
    y,
    mask.width * viewport.scale,
    mask.height * viewport.scale,
  );
  context.globalAlpha = 1;
}

function traceOutline({ context, viewport }: Brush, mask: Mask): void {
  let outline = outlines.get(mask);
  if (!outline) {
    outline = maskOutline(mask);
    outlines.set(mask, outline);
  }
  context.beginPath();
  for (const [x1, y1, x2, y2] of outline) {
    const start = toScreen(viewport, { x: x1, y: y1 });
    const stop = toScreen(viewport, { x: x2, y: y2 });
    context.moveTo(start.x, start.y);
    context.lineTo(stop.x, stop.y);
  }
}

function screenBox(viewport: Viewport, box: Box): Box {
  const start = toScreen(viewport, { x: box.left, y: box.top });
  const stop = toScreen(viewport, { x: box.right, y: box.bottom });
  return { left: start.x, top: start.y, right: stop.x, bottom: stop.y };
}

function chipText({ label, detail }: Drawable): string {
  return detail === null ? label : `${label} ${detail}`;
}

const chipWidths = new Map<string, number>();

function chipWidth({ context, style }: Brush, text: string): number {
  const name = `${style.fontFamily}|${text}`;
  const known = chipWidths.get(name);
  if (known !== undefined) {
    return known;
  }
  const width = context.measureText(text).width + 2 * CHIP_PADDING;
  // Until the font has arrived a width is that of another one and not worth keeping.
  if (document.fonts.status === "loaded") {
    chipWidths.set(name, width);
  }
  return width;
}

function paintChips(brush: Brush, scene: Scene, screen: Size): void {
  const { context, viewport, style } = brush;
  const { hovered, selected } = scene.highlight;
  context.font = `500 ${CHIP_FONT_SIZE}px ${style.fontFamily}`;
  const byKey = new Map(scene.drawables.map((drawable) => [drawable.key, drawable]));
  // Topmost first: what lies above is smaller and has more need of its name.
  const requests = [...scene.drawables].reverse().flatMap((drawable) => {
    const box = bounds(drawable.shape);
    const priority = drawable.key === selected ? 2 : drawable.key === hovered ? 1 : 0;
    const width = chipWidth(brush, chipText(drawable));
    const { key } = drawable;
    return box ? [{ key, anchor: screenBox(viewport, box), width, priority } as const] : [];
  });
  for (const chip of placeChips(requests, screen).reverse()) {
    const drawable = byKey.get(chip.key);
    if (drawable) {
      paintChip(brush, chip, drawable, drawable.key === selected);
    }
  }
}

function paintChip(brush: Brush, chip: PlacedChip, drawable: Drawable, selected: boolean): void {
  const { context, style } = brush;
  const background = selected ? style.accent : drawable.colour;
  context.fillStyle = background;
  context.beginPath();
  context.roundRect(chip.left, chip.top, chip.width, CHIP_HEIGHT, 3);
  context.fill();
  context.lineWidth = HALO_WIDTH;
  context.strokeStyle = "rgb(0 0 0 / 0.35)";
  context.stroke();
  context.fillStyle = inkOn(background);
  context.textBaseline = "middle";
  context.fillText(chipText(drawable), chip.left + CHIP_PADDING, chip.top + CHIP_HEIGHT / 2 + 0.5);
}
