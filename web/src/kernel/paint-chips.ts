/**
 * Theory: chips are painted last and from the top of the stack down, since what lies above is
 * smaller and has more need of its name; equals give way to whoever was placed first.
 */
import type { Brush } from "./brush";
import { CHIP_HEIGHT, type ChipRequest, type PlacedChip, placeChips } from "./chips";
import { inkOn } from "./colour";
import type { Drawable, Highlight } from "./scene";
import { type Box, bounds } from "./shapes";
import { type Size, toScreen, type Viewport } from "./viewport";

const FONT_SIZE = 11;
const PADDING = 5;
const RADIUS = 3;
const BORDER = "rgb(0 0 0 / 0.35)";

/** A shape's upright box on the screen. */
export function screenBox(viewport: Viewport, box: Box): Box {
  const start = toScreen(viewport, { x: box.left, y: box.top });
  const stop = toScreen(viewport, { x: box.right, y: box.bottom });
  return { left: start.x, top: start.y, right: stop.x, bottom: stop.y };
}

function chipText({ label, detail }: Drawable): string {
  return detail === null ? label : `${label} ${detail}`;
}

const widths = new Map<string, number>();

function chipWidth({ context, style }: Brush, text: string): number {
  const name = `${style.fontFamily}|${text}`;
  const known = widths.get(name);
  if (known !== undefined) {
    return known;
  }
  const width = context.measureText(text).width + 2 * PADDING;
  // Until the font has arrived a width is that of another one and not worth keeping.
  if (document.fonts.status === "loaded") {
    widths.set(name, width);
  }
  return width;
}

function request(brush: Brush, drawable: Drawable, highlight: Highlight): ChipRequest[] {
  const { key } = drawable;
  const box = bounds(drawable.shape);
  const priority = key === highlight.selected ? 2 : key === highlight.hovered ? 1 : 0;
  const width = chipWidth(brush, chipText(drawable));
  return box ? [{ key, anchor: screenBox(brush.viewport, box), width, priority }] : [];
}

/** Paints the chips of some drawables that fit, of those that `wanted` names. */
export function paintChips(
  brush: Brush,
  drawables: readonly Drawable[],
  highlight: Highlight,
  screen: Size,
  wanted: (drawable: Drawable) => boolean = () => true,
): void {
  brush.context.font = `500 ${FONT_SIZE}px ${brush.style.fontFamily}`;
  const byKey = new Map(drawables.map((drawable) => [drawable.key, drawable]));
  const requests = [...drawables]
    .reverse()
    .flatMap((drawable) => request(brush, drawable, highlight));
  for (const chip of placeChips(requests, screen).reverse()) {
    const drawable = byKey.get(chip.key);
    if (drawable && wanted(drawable)) {
      paintChip(brush, chip, drawable, drawable.key === highlight.selected);
    }
  }
}

function paintChip(brush: Brush, chip: PlacedChip, drawable: Drawable, selected: boolean): void {
  const { context, style } = brush;
  const background = selected ? style.accent : drawable.colour;
  context.fillStyle = background;
  context.beginPath();
  context.roundRect(chip.left, chip.top, chip.width, CHIP_HEIGHT, RADIUS);
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = BORDER;
  context.stroke();
  context.fillStyle = inkOn(background);
  context.textBaseline = "middle";
  context.fillText(chipText(drawable), chip.left + PADDING, chip.top + CHIP_HEIGHT / 2 + 0.5);
}
