import { expect, test } from "vitest";
import { ago, pixels, plural } from "./format";

const NOW = new Date("2026-11-22T12:00:00Z");

test.each([
  ["2026-11-22T11:59:30Z", "just now"],
  ["2026-11-22T11:55:00Z", "5 minutes ago"],
  ["2026-11-22T09:00:00Z", "3 hours ago"],
  ["2026-11-21T12:00:00Z", "yesterday"],
  ["2026-11-12T12:00:00Z", "10 days ago"],
  ["2024-11-22T12:00:00Z", "2 years ago"],
  ["never", ""],
])("%s is %s", (time, words) => {
  expect(ago(time, NOW)).toBe(words);
});

test("numbers are grouped and their nouns agree", () => {
  expect(plural(1, "label")).toBe("1 label");
  expect(plural(1204, "label")).toBe("1,204 labels");
});

test("pixels have one decimal at most", () => {
  expect(pixels(239.5)).toBe("239.5");
  expect(pixels(12.04)).toBe("12");
});
