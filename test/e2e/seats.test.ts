import { waitFor } from "@muster/testkit";
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
  ({ connectionId } = await shop.connect(tenant, { settings: { seats: { limit: 1 } } }));
});
afterAll(() => stage.close());

const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
const create = async (userName: string) => (await tenant.scim.post("/Users", { schemas, userName })).body.id;
const get = async (path: string) => (await stage.admin.get(path)).body;

describe("J4, X14: seats over the API", () => {
  it("who waits is listed, counted and explained, and is let in when a leaver's seat is free", async () => {
    const ana = await create("ana@example.com");
    await shop.settled(connectionId);
    const ben = await create("ben@example.com");
    const cyd = await create("cyd@example.com");
    await shop.settled(connectionId);
    const status = await get(`/connections/${connectionId}/status`);
    const first = await get(`/connections/${connectionId}/waitlist?pageSize=1`);
    const rest = await get(`/connections/${connectionId}/waitlist?pageSize=1&pageToken=${first.nextPageToken}`);
    const why = await get(`/connections/${connectionId}/people/${cyd}/why`);
    const plan = await stage.admin.post(`/connections/${connectionId}/plan`, {});
    const notices = await get(`/tenants/${tenant.id}/notices`);
    await tenant.scim.patch(`/Users/${ana}`, { op: "replace", path: "active", value: false });
    await waitFor(async () => shop.app.user("ben@example.com")?.active === true, {
      timeoutMs: 30_000,
      what: "who waited first to be let in",
    });

    expect(status).toMatchObject({
      accounts: { synced: 1, held: 2 },
      held: { removal: 0, approval: 0, decision: 0, seat: 2, gate: 0, other: 0 },
      seats: { limit: 1, taken: 1, waiting: 2, waitingSince: expect.any(String), reason: null },
    });
    expect(first.items).toMatchObject([{ userId: ben, userName: "ben@example.com", position: 1 }]);
    expect(rest.items).toMatchObject([{ userId: cyd, position: 2, since: expect.any(String) }]);
    expect(why).toMatchObject({ plan: { step: "waitlisted" } });
    expect(plan.body).toMatchObject({
      steps: expect.arrayContaining([expect.objectContaining({ step: "waitlisted", count: 2 })]),
    });
    expect(notices.items).toMatchObject([{ kind: "seats.waiting", subject: connectionId }]);
    expect(shop.app.user("cyd@example.com")).toBeUndefined();
  });

  it.each([
    [{ limit: -1 }, "/settings/seats/limit"],
    [{ limit: "many" }, "/settings/seats/limit"],
    [{ first: [] }, "/settings/seats/limit"],
    [{ limit: 1, first: ["Staff"] }, "/settings/seats/first/0"],
    [{ limit: 1, order: "age" }, "/settings/seats/order"],
  ])("refuses %j by name", async (seats, path) => {
    const answer = await stage.admin.send("PATCH", `/connections/${connectionId}`, { settings: { seats } });

    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(path);
  });

  it("refuses a group that the directory does not have, and keeps the limit", async () => {
    const first = ["018f7f6a-1c00-7000-8000-000000000005"];
    const answer = await stage.admin.send("PATCH", `/connections/${connectionId}`, {
      settings: { seats: { limit: 9, first } },
    });

    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain("settings.seats.first: this connection's directory has no group");
    expect(await get(`/connections/${connectionId}`)).toMatchObject({ settings: { seats: { limit: 1, first: [] } } });
  });
});

it("I05: no secret is in any answer, log line or row of all this", async () => {
  expect(findLeaks([...stage.ear.heard(), ...(await stage.ledger.rows())], stage.ear.secrets())).toEqual([]);
});
