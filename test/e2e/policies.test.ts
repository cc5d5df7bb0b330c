import type { SampleApp } from "@muster/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Body } from "./clients.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
});
afterAll(() => stage.close());

type Connected = { tenant: Tenant; app: SampleApp; connectionId: string };

async function connected(settings: Record<string, unknown>): Promise<Connected> {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp();
  const { connectionId } = await workshop.connect(tenant, { app, settings });
  return { tenant, app, connectionId };
}

async function set(connectionId: string, settings: unknown): Promise<void> {
  const answer = await stage.admin.send("PATCH", `/connections/${connectionId}`, { settings });
  if (answer.status !== 200) throw new Error(answer.text);
  await workshop.settled(connectionId);
}

const accounts = async (connectionId: string): Promise<Body[]> =>
  (await stage.admin.get(`/connections/${connectionId}/accounts`)).body.items;
const stopped = async (connectionId: string): Promise<unknown> =>
  (await stage.admin.get(`/connections/${connectionId}/status`)).body["accounts"];
const suspend = { op: "replace", path: "active", value: false };
/** As if so many days had passed since people left. */
async function passDays(connectionId: string, days: number): Promise<void> {
  await stage.ledger.query(
    `update accounts set left_at = left_at - $2 * interval '1 day', due_at = due_at - $2 * interval '1 day' where connection_id = $1`,
    [connectionId, days],
  );
  await stage.ledger.query("update lanes set due_at = now() where connection_id = $1", [connectionId]);
}

describe("policies of a connection", () => {
  it("D5, SE6: makes nobody while create is off, says so, links who is there, and goes on when it is on again", async () => {
    const { tenant, app, connectionId } = await connected({ policies: { create: false } });
    app.putUserByHand({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "ben" });
    await tenant.scim.createUser({ userName: "ana" });
    await tenant.scim.createUser({ userName: "ben", title: "Clerk" });
    await workshop.settled(connectionId);
    const before = await accounts(connectionId);
    const counted = await stopped(connectionId);
    const inApp = app.users().map((user) => user.userName);
    await set(connectionId, { policies: { create: true } });

    expect(before.find(({ userName }) => userName === "ana")).toMatchObject({
      state: "stopped",
      reason: expect.stringContaining("settings.policies.create"),
      nextAttemptAt: null,
    });
    expect(counted).toMatchObject({ synced: 1, stopped: 1 });
    expect(inApp).toEqual(["ben"]);
    expect(app.user("ben")?.raw["title"]).toBe("Clerk");
    expect(app.user("ana")?.active).toBe(true);
    expect(await stopped(connectionId)).toMatchObject({ synced: 2, stopped: 0 });
  });

  it.each([
    ["update", { op: "replace", path: "title", value: "Chief" }, { title: "Chief" }],
    ["deactivate", suspend, { active: false }],
  ])("does not %s while that is off, says so, and does when it is on again", async (policy, change, changed) => {
    const { tenant, app, connectionId } = await connected({});
    const { id } = await tenant.scim.createUser({ userName: "ana", title: "Clerk" });
    await workshop.settled(connectionId);
    await set(connectionId, { policies: { [policy]: false } });
    app.clearLedger();
    await tenant.scim.patch(`/Users/${id}`, change);
    await workshop.settled(connectionId);
    const [before] = await accounts(connectionId);
    const sent = app.ledger().length;
    await set(connectionId, { policies: { [policy]: true } });

    expect(before).toMatchObject({ state: "stopped", reason: expect.stringContaining(`settings.policies.${policy}`) });
    expect(sent).toBe(0);
    expect(app.user("ana")?.raw).toMatchObject(changed);
    expect(await stopped(connectionId)).toMatchObject({ synced: 1, stopped: 0 });
  });

  it("D5, SE6: takes access away and stops where a leaver should be deleted but delete is off", async () => {
    const { tenant, app, connectionId } = await connected({ onLeave: "delete", policies: { delete: false } });
    const { id } = await tenant.scim.createUser({ userName: "ana" });
    await workshop.settled(connectionId);
    await tenant.scim.delete(`/Users/${id}`);
    await workshop.settled(connectionId);
    const [before] = await accounts(connectionId);
    const meanwhile = app.user("ana")?.active;
    await set(connectionId, { policies: { delete: true } });

    expect(meanwhile).toBe(false);
    expect(before).toMatchObject({ state: "stopped", reason: expect.stringContaining("settings.policies.delete") });
    expect(app.users()).toEqual([]);
  });

  it("D4, house trap 8: makes a leaver inactive at once and deletes after so many days", async () => {
    const { tenant, app, connectionId } = await connected({ onLeave: "delete", deleteAfterDays: 30 });
    const settings = (await stage.admin.get(`/connections/${connectionId}`)).body["settings"];
    const { id } = await tenant.scim.createUser({ userName: "ana" });
    await workshop.settled(connectionId);
    await tenant.scim.delete(`/Users/${id}`);
    await workshop.settled(connectionId);
    const left = app.user("ana")?.active;
    const [waiting] = await accounts(connectionId);
    await passDays(connectionId, 29);
    await workshop.settled(connectionId);
    const early = app.users().length;
    await passDays(connectionId, 1);
    await expect.poll(() => app.users().length, { timeout: 30_000 }).toBe(0);
    await workshop.settled(connectionId);

    expect(settings).toMatchObject({ deleteAfterDays: 30, policies: { delete: true } });
    expect(left).toBe(false);
    expect(waiting).toMatchObject({ state: "synced", nextAttemptAt: expect.any(String) });
    expect(early).toBe(1);
    expect(await accounts(connectionId)).toMatchObject([{ state: "synced", remoteId: null, nextAttemptAt: null }]);
  });

  it("keeps the account of who comes back before the days are over, and a newcomer of that name waits for none of them", async () => {
    const { tenant, app, connectionId } = await connected({ onLeave: "delete", deleteAfterDays: 30 });
    const { id } = await tenant.scim.createUser({ userName: "ana", externalId: "idp-1" });
    const ben = await tenant.scim.createUser({ userName: "ben" });
    await workshop.settled(connectionId);
    await tenant.scim.delete(`/Users/${id}`);
    await tenant.scim.delete(`/Users/${ben.id}`);
    await workshop.settled(connectionId);
    await tenant.scim.createUser({ userName: "ana", externalId: "idp-1" });
    const newBen = await tenant.scim.createUser({ userName: "ben" });
    await workshop.settled(connectionId);
    await passDays(connectionId, 40);
    await workshop.settled(connectionId);

    expect(app.users().map((user) => `${user.userName} ${user.active}`)).toEqual(["ana true", "ben true"]);
    expect(app.user("ben")?.externalId).toBe(newBen.id);
    expect(app.counts()).toMatchObject({ users: 2, duplicates: 0 });
  });
});
