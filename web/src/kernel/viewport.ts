/**
 * Theory: a viewport is one uniform scale and one translation between image pixels and screen
 * pixels; every zoom and pan is a new viewport, and labels never leave image pixels.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Viewport {
  /** Screen pixels per image pixel. */
  readonly scale: number;
  /** Screen position of the image's top-left corner, in CSS pixels. */
  readonly offsetX: number;
  readonly offsetY: number;
}

export interface ZoomLimits {
  readonly min: number;
  readonly max: number;
}

export function toScreen(viewport: Viewport, point: Point): Point {
  return {
    x: point.x * viewport.scale + viewport.offsetX,
    y: point.y * viewport.scale + viewport.offsetY,
  };
}

export function toImage(viewport: Viewport, point: Point): Point {
  return {
    x: (point.x - viewport.offsetX) / viewport.scale,
    y: (point.y - viewport.offsetY) / viewport.scale,
  };
}

/** The whole image, centred, as large as it goes with `margin` screen pixels left on each side. */
export function fitted(image: Size, screen: Size, margin = 0): Viewport {
  const scale = Math.min(
    Math.max(1, screen.width - 2 * margin) / Math.max(1, image.width),
    Math.max(1, screen.height - 2 * margin) / Math.max(1, image.height),
  );
  return centredAt({ x: image.width / 2, y: image.height / 2 }, scale, screen);
}

/** The viewport that shows an image point in the middle of the screen at a given scale. */
export function centredAt(imagePoint: Point, scale: number, screen: Size): Viewport {
  return {
    scale,
    offsetX: screen.width / 2 - imagePoint.x * scale,
    offsetY: screen.height / 2 - imagePoint.y * scale,
  };
}

/** Zooms so that the image point under `pivot` (screen pixels) stays where it is. */
export function zoomAt(
  viewport: Viewport,
  pivot: Point,
  factor: number,
  limits: ZoomLimits,
): Viewport {
  const scale = Math.min(limits.max, Math.max(limits.min, viewport.scale * factor));
  const ratio = scale / viewport.scale;
  return {
    scale,
    offsetX: pivot.x - (pivot.x - viewport.offsetX) * ratio,
    offsetY: pivot.y - (pivot.y - viewport.offsetY) * ratio,
  };
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, offsetX: viewport.offsetX + dx, offsetY: viewport.offsetY + dy };
}

/** Keeps at least `keep` screen pixels of the image inside the screen, so it can't get lost. */
export function keepInSight(viewport: Viewport, image: Size, screen: Size, keep = 48): Viewport {
  const clamp = (offset: number, extent: number, room: number): number => {
    const margin = Math.min(keep, extent, room);
    return Math.min(room - margin, Math.max(margin - extent, offset));
  };
  return {
    scale: viewport.scale,
    offsetX: clamp(viewport.offsetX, image.width * viewport.scale, screen.width),
    offsetY: clamp(viewport.offsetY, image.height * viewport.scale, screen.height),
  };
}

/** From a tenth of the fitted size up to 64 screen pixels per image pixel. */
export function zoomLimits(whole: Viewport): ZoomLimits {
  return { min: Math.min(whole.scale / 10, 1), max: Math.max(64, whole.scale) };
}

export function sameViewport(a: Viewport, b: Viewport): boolean {
  return (
    Math.abs(a.scale - b.scale) < 1e-9 &&
    Math.abs(a.offsetX - b.offsetX) < 1e-6 &&
    Math.abs(a.offsetY - b.offsetY) < 1e-6
  );
}
