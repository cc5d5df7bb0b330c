import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
});
afterAll(async () => {
  await stage.close();
});

it("V29: a suspended tenant's pushes stop, new connections' too, others' go on, and resuming pushes what waited", async () => {
  const [a, b] = [await stage.newTenant(), await stage.newTenant()];
  const [lane, other] = [await workshop.connect(a), await workshop.connect(b)];
  const at = `/tenants/${a.id}`;
  await workshop.settled(lane.connectionId);
  await stage.admin.send("PATCH", at, { suspended: true });
  // What would be pushed, were it not for the suspension: made due past the closed front door.
  const late = await workshop.connect(a);
  await stage.ledger.query("update lanes set due_at = now() where tenant_id = $1", [a.id]);
  await b.scim.createUser({ userName: "neighbour" });
  await workshop.settled(other.connectionId);
  const status = await stage.admin.get(`/connections/${lane.connectionId}/status`);
  const lanes = await stage.ledger.query<{ suspended: boolean; leased: boolean }>(
    "select suspended, lease_until is not null as leased from lanes where tenant_id = $1",
    [a.id],
  );

  expect(status.body).toMatchObject({ state: "paused", reason: expect.stringContaining("suspended") });
  expect(lanes).toEqual([
    { suspended: true, leased: false },
    { suspended: true, leased: false },
  ]);
  const unexpanded = await stage.admin.get(`/connections/${late.connectionId}/status`);
  expect(unexpanded.body.settled).toBe(false);

  await stage.admin.send("PATCH", at, { suspended: false });
  await waitFor(async () => (await a.scim.send("POST", "/Users", { userName: "back" })).status === 201, {
    timeoutMs: 10_000,
    what: "the front door to open",
  });
  await workshop.settled(lane.connectionId);
  await workshop.settled(late.connectionId);
  const accounts = await stage.admin.get(`/connections/${late.connectionId}/accounts`);
  expect(accounts.body.items).toMatchObject([{ userName: "back", state: "synced" }]);
});

it("V29: a lane that is being worked on stops at its next batch", async () => {
  const a = await stage.newTenant();
  const { connectionId } = await workshop.connect(a);
  await workshop.settled(connectionId);
  // Suspended in the very moment in which its work is there: whoever holds the lane claims nothing.
  await stage.ledger.query("update lanes set suspended = true where connection_id = $1", [connectionId]);
  await a.scim.createUser({ userName: "waits" });
  const b = await stage.newTenant();
  const neighbour = await workshop.connect(b);
  await b.scim.createUser({ userName: "goes on" });
  await workshop.settled(neighbour.connectionId);
  const waiting = await stage.admin.get(`/connections/${connectionId}/accounts`);

  expect(waiting.body.items).toMatchObject([{ userName: "waits", state: "pending" }]);
  await stage.admin.send("PATCH", `/tenants/${a.id}`, { suspended: false });
  await workshop.settled(connectionId);
});
