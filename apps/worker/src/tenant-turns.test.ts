import { expect, it } from "vitest";
import { createTenantTurns } from "./tenant-turns.ts";

it("G9: a tenant has at most so many calls in flight, and another tenant does not wait for it", async () => {
  const turns = createTenantTurns(2);
  const served: string[] = [];
  const first = await turns.take("large", false);
  await turns.take("large", false);
  const third = turns.take("large", false).then(() => served.push("third of large"));
  await turns.take("small", false).then(() => served.push("first of small"));

  first();
  await third;

  expect(served).toEqual(["first of small", "third of large"]);
});

it("G13: a removal takes the tenant's next turn before all that wait", async () => {
  const turns = createTenantTurns(1);
  const order: string[] = [];
  const giveBack = await turns.take("tenant", false);
  const waiting = ["update", "update", "removal"].map(async (kind) => {
    const done = await turns.take("tenant", kind === "removal");
    order.push(kind);
    done();
    done();
  });

  giveBack();
  await Promise.all(waiting);

  expect(order).toEqual(["removal", "update", "update"]);
  await turns.take("tenant", false);
});
