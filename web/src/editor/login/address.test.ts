import { expect, test } from "vitest";
import { addressAfterLogin, loginAddress } from "./address";

test("the page that was wanted travels along", () => {
  const address = loginAddress("/tasks/7/jobs/11?frame=2");
  const next = new URL(address, "http://localhost").searchParams.get("next");
  expect(addressAfterLogin(next)).toBe("/tasks/7/jobs/11?frame=2");
});

test.each([null, "https://example.org", "//example.org", "/\\example.org", "tasks"])(
  "%s leads to the tasks, never to another server",
  (next) => {
    expect(addressAfterLogin(next)).toBe("/tasks");
  },
);

test("the front page needs no detour", () => {
  expect(loginAddress("/")).toBe("/auth/login");
});
