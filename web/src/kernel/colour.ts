/**
 * Theory: a class has one colour everywhere, a place on a fixed wheel of twenty chosen by a hash of
 * its name; the wheel was picked so that any two stay apart also for colour-blind eyes, and so that
 * none is mistaken for the accent that means "selected".
 */

export const WHEEL: readonly string[] = [
  "#b808c7",
  "#c2e235",
  "#3b8912",
  "#2cc1c5",
  "#81fee7",
  "#f78389",
  "#bf67c7",
  "#ca217d",
  "#aab508",
  "#5856fa",
  "#f42816",
  "#f7b7fd",
  "#498ef2",
  "#c36763",
  "#97a4f5",
  "#f4e889",
  "#53e4b6",
  "#f94f93",
  "#fca67a",
  "#915da1",
];

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** 32-bit FNV-1a over the UTF-8 bytes of a text: short, and the same in every language. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/** The wheel's colour of a class, as `#rrggbb`. */
export function classColour(className: string): string {
  return WHEEL[fnv1a(className) % WHEEL.length] as string;
}

/** Channels 0..255 of `#rrggbb`; throws RangeError for any other text. */
export function parseHex(hex: string): Rgb {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) {
    throw new RangeError(`"${hex}" is no colour of the form #rrggbb.`);
  }
  const value = Number.parseInt(hex.slice(1), 16);
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255 };
}

/** The colour with an opacity 0..1, as CSS. */
export function withAlpha(hex: string, alpha: number): string {
  const { r, g, b } = parseHex(hex);
  return `rgb(${r} ${g} ${b} / ${alpha})`;
}

/** Relative luminance 0..1 (WCAG 2). */
export function luminance(hex: string): number {
  const { r, g, b } = parseHex(hex);
  const linear = (channel: number): number => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Contrast ratio 1..21 of two colours (WCAG 2). */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

// Pure black and white: of the two, one always has a contrast of at least 4.58.
const INK_DARK = "#000000";
const INK_LIGHT = "#ffffff";

/** The text colour, black or white, that reads better on `background`. */
export function inkOn(background: string): string {
  return contrast(background, INK_DARK) >= contrast(background, INK_LIGHT) ? INK_DARK : INK_LIGHT;
}
