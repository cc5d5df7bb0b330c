import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let shop: Workshop;
let tenant: Tenant;
let connectionId: string;

beforeAll(async () => {
  stage = await openStage();
  shop = await openWorkshop(stage);
  tenant = await stage.newTenant();
  ({ connectionId } = await shop.connect(tenant, { settings: { approvals: ["create"] } }));
  await stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: true });
});
afterAll(() => stage.close());

const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
const create = async (userName: string) => (await tenant.scim.post("/Users", { schemas, userName })).body.id;
const get = async (path: string) => (await stage.admin.get(path)).body;
const decide = (body: object) => stage.admin.post(`/connections/${connectionId}/approvals`, body);

describe("D6: approvals over the API", () => {
  it("what waits is counted and listed with what would change, and goes once it is approved", async () => {
    const ana = await create("ana@example.com");
    const ben = await create("ben@example.com");
    await shop.settled(connectionId);
    const status = await get(`/connections/${connectionId}/status`);
    const list = await get(`/connections/${connectionId}/approvals`);
    const waiting = await get(`/connections/${connectionId}/accounts`);
    const byUser = new Map<string, string>(list.items.map(({ userId, id }): [string, string] => [String(userId), id]));
    const unknown = "018f7f6a-1c00-7000-8000-000000000005";
    const approved = await decide({ decision: "approve", ids: [byUser.get(ana), unknown] });
    const rejected = await decide({ decision: "reject", upTo: new Date().toISOString(), action: "create" });
    await shop.settled(connectionId);
    const after = await get(`/connections/${connectionId}/accounts?state=held`);
    const events = await get(`/tenants/${tenant.id}/events?types=approval.asked,approval.decided`);
    const timeline = await get(`/connections/${connectionId}/accounts/${ben}/timeline`);

    expect(status).toMatchObject({
      settled: true,
      accounts: { held: 2 },
      held: { removal: 0, approval: 2, decision: 0, seat: 0, gate: 0, other: 0 },
      approvals: { waiting: 2, waitingSince: expect.any(String), rejected: 0, reason: null },
    });
    expect(waiting.items.map(({ state, waitsFor }) => [state, waitsFor])).toEqual([
      ["held", "approval"],
      ["held", "approval"],
    ]);
    expect(after.items).toMatchObject([{ userId: ben, waitsFor: "other" }]);
    expect(list.items).toContainEqual(
      expect.objectContaining({
        userName: "ana@example.com",
        action: "create",
        state: "waiting",
        changes: expect.arrayContaining([{ path: "userName", before: null, after: "ana@example.com" }]),
      }),
    );
    expect(approved.body).toEqual({ decided: 1, outdated: [unknown] });
    expect(rejected.body).toEqual({ decided: 1, outdated: [] });
    expect(shop.app.user("ana@example.com")?.active).toBe(true);
    expect(shop.app.user("ben@example.com")).toBeUndefined();
    expect(await get(`/connections/${connectionId}/approvals?state=rejected`)).toMatchObject({
      items: [{ userId: ben, decidedBy: expect.any(String) }],
    });
    expect(events.items.map(({ type }) => String(type)).sort()).toEqual([
      "approval.asked",
      "approval.asked",
      "approval.decided",
      "approval.decided",
    ]);
    expect(timeline.items).toContainEqual(expect.objectContaining({ kind: "approval", state: "rejected" }));
  });

  it.each([
    [{ decision: "approve" }, "either ids, or upTo"],
    [
      { decision: "approve", ids: ["018f7f6a-1c00-7000-8000-000000000005"], upTo: "2026-01-01T00:00:00Z" },
      "either ids",
    ],
    [{ decision: "approve", ids: ["018f7f6a-1c00-7000-8000-000000000005"], action: "update" }, "action goes with upTo"],
    [{ decision: "later", ids: [] }, "/decision"],
    [{ decision: "reject", ids: [] }, "/ids"],
    [{ decision: "reject", upTo: "yesterday" }, "upTo must be a date and time as RFC 3339 writes it"],
  ])("refuses %j by name", async (body, told) => {
    const answer = await stage.admin.send("POST", `/connections/${connectionId}/approvals`, body);

    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(told);
  });

  it("refuses a step that there is not, and keeps what is set", async () => {
    const answer = await stage.admin.send("PATCH", `/connections/${connectionId}`, {
      settings: { approvals: ["create", "groups"] },
    });

    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain("/settings/approvals/1");
    expect(await get(`/connections/${connectionId}`)).toMatchObject({ settings: { approvals: ["create"] } });
  });
});

it("I05: no secret is in any answer, log line or row of all this", async () => {
  expect(findLeaks([...stage.ear.heard(), ...(await stage.ledger.rows())], stage.ear.secrets())).toEqual([]);
});
