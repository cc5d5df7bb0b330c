// legal
import { expect, it } from "vitest";
import { used } from "./half-dead.ts";

it("is used", () => {
  expect(used).toBe(1);
});
