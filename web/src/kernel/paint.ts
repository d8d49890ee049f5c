/**
 * Theory: a scene has two layers: the base, which changes with the zoom and the labels and may take
 * its time, and the top, which follows the pointer and must not.
 */
import type { Brush } from "./brush";
import { overlaps } from "./chips";
import { paintChips, screenBox } from "./paint-chips";
import { paintHovered, paintQuiet, paintRing, paintSelected } from "./paint-shapes";
import type { Drawable, Highlight } from "./scene";
import { bounds } from "./shapes";
import type { Size } from "./viewport";

export interface Scene {
  readonly picture: CanvasImageSource | null;
  readonly pictureSize: Size | null;
  /** Bottom to top. */
  readonly drawables: readonly Drawable[];
  readonly highlight: Highlight;
  /** Strength 0..1 of the ring around labels that just changed. */
  readonly flash: ReadonlyMap<string, number>;
}

/** Paints everything that stays while the pointer moves: picture, labels, selection, chips. */
export function paintBase(brush: Brush, scene: Scene, screen: Size): void {
  const { context, style } = brush;
  const { selected } = scene.highlight;
  context.fillStyle = style.background;
  context.fillRect(0, 0, screen.width, screen.height);
  paintPicture(brush, scene);
  const seen = scene.drawables.filter((drawable) => isOnScreen(brush, drawable, screen));
  paintQuiet(brush, seen);
  const chosen = seen.find(({ key }) => key === selected);
  if (chosen) {
    paintSelected(brush, chosen);
  }
  paintChips(brush, seen, { hovered: null, selected }, screen);
}

/** Paints what lies over the base: rings around what changed, and the label that is pointed at. */
export function paintTop(brush: Brush, scene: Scene, screen: Size): void {
  const { hovered, selected } = scene.highlight;
  for (const drawable of scene.drawables) {
    const strength = scene.flash.get(drawable.key);
    if (strength !== undefined) {
      paintRing(brush, drawable, strength);
    }
  }
  const isHovered = ({ key }: Drawable): boolean => key === hovered && key !== selected;
  const pointed = scene.drawables.find(isHovered);
  if (pointed) {
    paintHovered(brush, pointed);
    const chosen = scene.drawables.filter(({ key }) => key === selected);
    paintChips(brush, [...chosen, pointed], scene.highlight, screen, isHovered);
  }
}

function isOnScreen({ viewport }: Brush, { shape }: Drawable, screen: Size): boolean {
  const box = bounds(shape);
  const whole = { left: -8, top: -8, right: screen.width + 8, bottom: screen.height + 8 };
  return box !== null && overlaps(screenBox(viewport, inflated(box)), whole);
}

/** A box with an area even where its shape is a point or a straight line. */
function inflated({ left, top, right, bottom }: NonNullable<ReturnType<typeof bounds>>) {
  return { left, top, right: right + 1e-3, bottom: bottom + 1e-3 };
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
