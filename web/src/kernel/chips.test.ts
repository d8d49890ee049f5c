import { expect, test } from "vitest";
import { CHIP_HEIGHT, type ChipRequest, placeChips } from "./chips";
import { type Drawable, stack } from "./scene";

const SCREEN = { width: 500, height: 400 };

function request(key: string, corners: readonly number[], priority: 0 | 1 | 2 = 0): ChipRequest {
  const [left, top, right, bottom] = corners as [number, number, number, number];
  return { key, anchor: { left, top, right, bottom }, width: 40, priority };
}

test("a chip sits above its box", () => {
  const [chip] = placeChips([request("a", [100, 100, 200, 200])], SCREEN);
  expect(chip).toMatchObject({ left: 100, top: 100 - CHIP_HEIGHT - 1 });
});

test("at the upper border it flips inside", () => {
  const [chip] = placeChips([request("a", [100, 5, 200, 200])], SCREEN);
  expect(chip?.top).toBe(7);
});

test("at the right border it stays on the screen", () => {
  const [chip] = placeChips([request("a", [480, 100, 520, 200])], SCREEN);
  expect(chip?.left).toBe(460);
});

test("shapes narrower than 24 pixels have no chip unless pointed at", () => {
  expect(placeChips([request("a", [100, 100, 120, 200])], SCREEN)).toEqual([]);
  expect(placeChips([request("a", [100, 100, 120, 200], 1)], SCREEN)).toHaveLength(1);
});

test("shapes off the screen have no chip", () => {
  expect(placeChips([request("a", [600, 100, 700, 200], 2)], SCREEN)).toEqual([]);
});

test("chips of boxes at the same place don't cover each other", () => {
  const same = [100, 100, 200, 200] as const;
  const chips = placeChips([request("a", same), request("b", same)], SCREEN);
  expect(chips.map(({ top }) => top)).toEqual([100 - CHIP_HEIGHT - 1, 102]);
});

test("a chip never covers another, selected box", () => {
  const chips = placeChips(
    [request("selected", [100, 50, 300, 350], 2), request("inner", [150, 120, 250, 200])],
    SCREEN,
  );
  expect(chips.map(({ key }) => key)).toEqual(["selected"]);
});

function drawable(key: string, side: number, extra: Partial<Drawable> = {}): Drawable {
  return {
    key,
    shape: {
      kind: "rectangle",
      box: { left: 0, top: 0, right: side, bottom: side },
      rotation: 0,
    },
    label: key,
    detail: null,
    colour: "#000000",
    predicted: false,
    occluded: false,
    zOrder: 0,
    ...extra,
  };
}

test("smaller lies above larger, and the author's order above both", () => {
  const order = stack([
    drawable("small", 1),
    drawable("raised", 50, { zOrder: 1 }),
    drawable("large", 9),
  ]);
  expect(order.map(({ key }) => key)).toEqual(["large", "small", "raised"]);
});
