import { operations } from "@muster/contract";
import { expect, it } from "vitest";
import { adminRoutes } from "./routes.ts";

it("every operation of the contract has exactly one route", () => {
  const routed = adminRoutes.map((route) => route.operation.id);

  expect(routed.toSorted()).toEqual(Object.keys(operations).toSorted());
  for (const { operation } of adminRoutes) expect(Object.values(operations)).toContain(operation);
});
