/**
 * Theory: a chip names a shape without hiding what matters; each takes the first free place of
 * above, inside, below, and stays away when there is none or its shape is too small to name.
 */
import type { Box } from "./shapes";
import type { Size } from "./viewport";

export const CHIP_HEIGHT = 18;
/** Shapes narrower than this many screen pixels carry no chip unless pointed at or selected. */
export const CHIP_MIN_SHAPE_WIDTH = 24;

export interface ChipRequest {
  readonly key: string;
  /** The shape's upright box in screen pixels. */
  readonly anchor: Box;
  /** Width of the chip's text with its padding, in screen pixels. */
  readonly width: number;
  /** 2 selected, 1 under the pointer, 0 otherwise; higher is placed first. */
  readonly priority: 0 | 1 | 2;
}

export interface PlacedChip {
  readonly key: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function asBox(chip: PlacedChip): Box {
  return {
    left: chip.left,
    top: chip.top,
    right: chip.left + chip.width,
    bottom: chip.top + chip.height,
  };
}

function candidates(request: ChipRequest, screen: Size): PlacedChip[] {
  const { anchor, width, key } = request;
  const left = Math.max(0, Math.min(anchor.left, screen.width - width));
  const at = (top: number): PlacedChip => ({ key, left, top, width, height: CHIP_HEIGHT });
  const above = anchor.top - CHIP_HEIGHT - 1;
  const inside = Math.max(anchor.top + 2, 2);
  const below = anchor.bottom + 1;
  return [at(above), at(inside), at(below)].filter(
    (chip) => chip.top >= 0 && chip.top + CHIP_HEIGHT <= screen.height,
  );
}

function isOnScreen(anchor: Box, screen: Size): boolean {
  return overlaps(anchor, { left: 0, top: 0, right: screen.width, bottom: screen.height });
}

/** Places chips by priority; requests come in the order in which equals should be served. */
export function placeChips(requests: readonly ChipRequest[], screen: Size): PlacedChip[] {
  const placed: PlacedChip[] = [];
  const taken = requests
    .filter(({ priority }) => priority === 2)
    .map(({ key, anchor }) => ({ key, box: anchor }));
  const wanted = requests
    .filter(({ anchor, priority }) => {
      const named = priority > 0 || anchor.right - anchor.left >= CHIP_MIN_SHAPE_WIDTH;
      return named && isOnScreen(anchor, screen);
    })
    .sort((a, b) => b.priority - a.priority);
  for (const request of wanted) {
    const free = candidates(request, screen).find((chip) => {
      const box = asBox(chip);
      return !taken.some((other) => other.key !== request.key && overlaps(box, other.box));
    });
    if (free) {
      placed.push(free);
      taken.push({ key: request.key, box: asBox(free) });
    }
  }
  return placed;
}
