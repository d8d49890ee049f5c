/** Theory: a mask is tinted once into a small picture of its own and scaled when it is painted. */
import type { Brush } from "./brush";
import { parseHex } from "./colour";
import { type Mask, maskOutline } from "./rle";
import { toScreen } from "./viewport";

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

/** Lays a mask over the picture. */
export function paintMask(
  { context, viewport }: Brush,
  mask: Mask,
  colour: string,
  alpha: number,
): void {
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

/** Makes a mask's outline the current path. */
export function traceOutline({ context, viewport }: Brush, mask: Mask): void {
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
