/**
 * Theory: a scene is the list of things to draw and what the person points at; its order decides
 * both painting and reading, large below small, the pointed at and the selected on top.
 */
import { area, type Shape } from "./shapes";

export interface Drawable {
  readonly key: string;
  readonly shape: Shape;
  /** Class name, shown on the chip. */
  readonly label: string;
  /** What follows the class on the chip, for instance a confidence; null for nothing. */
  readonly detail: string | null;
  /** `#rrggbb` of the class. */
  readonly colour: string;
  /** Made by a model: drawn dashed. */
  readonly predicted: boolean;
  /** Partly hidden in the picture: drawn dotted. */
  readonly occluded: boolean;
  /** Author's stacking order; higher is above. */
  readonly zOrder: number;
}

export interface Highlight {
  readonly hovered: string | null;
  readonly selected: string | null;
}

export interface SceneStyle {
  readonly accent: string;
  readonly background: string;
  /** Where the picture will appear. */
  readonly placeholder: string;
  readonly fontFamily: string;
}

/** Bottom to top: masks, then larger before smaller within one stacking order. */
export function stack(drawables: readonly Drawable[]): Drawable[] {
  const weighed = drawables.map((drawable) => ({ drawable, size: area(drawable.shape) }));
  const isMask = (drawable: Drawable): number => (drawable.shape.kind === "mask" ? 0 : 1);
  return weighed
    .sort(
      (a, b) =>
        a.drawable.zOrder - b.drawable.zOrder ||
        isMask(a.drawable) - isMask(b.drawable) ||
        b.size - a.size,
    )
    .map(({ drawable }) => drawable);
}
