import { expect, test } from "vitest";
import { classColour, contrast, fnv1a, inkOn, parseHex, type Rgb, WHEEL } from "./colour";

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

// Machado, Oliveira, Fernandes 2009, severity 1: how colours reach colour-blind eyes.
const EYES: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const LMS: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const LAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

const times = (matrix: Matrix, [a, b, c]: Triple): Triple =>
  matrix.map(([x, y, z]) => x * a + y * b + z * c) as unknown as Triple;
const linear = (channel: number): number => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

function oklabSeen({ r, g, b }: Rgb, eyes: Matrix): Triple {
  const seen = times(eyes, [linear(r), linear(g), linear(b)]).map((c) =>
    Math.min(1, Math.max(0, c)),
  ) as unknown as Triple;
  return times(LAB, times(LMS, seen).map(Math.cbrt) as unknown as Triple);
}

function smallestDistance(colours: readonly string[], eyes: Matrix): number {
  const seen = colours.map((colour) => oklabSeen(parseHex(colour), eyes));
  const distances = seen.flatMap((a, index) =>
    seen.slice(index + 1).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])),
  );
  return Math.min(...distances);
}

test("the wheel has twenty different colours", () => {
  expect(new Set(WHEEL).size).toBe(20);
});

// 0.02 in OKLab is just noticeable; three times that can be told apart on a busy picture.
test.each(Object.entries(EYES))("any two colours stay apart for %s eyes", (_name, eyes) => {
  expect(smallestDistance(WHEEL, eyes)).toBeGreaterThan(0.06);
});

test("no colour is taken for the accent", () => {
  for (const colour of WHEEL) {
    expect(smallestDistance(["#ff9f1a", colour], EYES.usual as Matrix)).toBeGreaterThan(0.06);
  }
});

test("FNV-1a gives the published values", () => {
  expect(fnv1a("")).toBe(0x811c9dc5);
  expect(fnv1a("a")).toBe(0xe40c292c);
  expect(fnv1a("foobar")).toBe(0xbf9cf968);
});

test("a class has the same colour every time, in any script", () => {
  expect(classColour("cat")).toBe(classColour("cat"));
  expect(WHEEL).toContain(classColour("猫"));
});

test("text on every colour has a contrast of at least 4.5", () => {
  for (const colour of WHEEL) {
    expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
  }
});

test("black on white is the largest contrast", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
});

test("only #rrggbb is a colour", () => {
  expect(parseHex("#ff8000")).toEqual({ r: 255, g: 128, b: 0 });
  expect(() => parseHex("red")).toThrow('"red" is no colour');
});
