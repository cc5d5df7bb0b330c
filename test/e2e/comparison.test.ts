import type { SampleApp } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
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

type Compared = { tenant: Tenant; app: SampleApp; connectionId: string; ids: Record<string, string> };

/** A tenant whose people are all in an app of its own, which lists them in pages of three. */
async function synced(names: readonly string[], settings: Record<string, unknown> = {}): Promise<Compared> {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp({ maxResults: 3 });
  const { connectionId } = await workshop.connect(tenant, { app, settings });
  const ids: Record<string, string> = {};
  for (const userName of names) ids[userName] = (await tenant.scim.createUser({ userName, title: "Clerk" })).id;
  await workshop.settled(connectionId);
  return { tenant, app, connectionId, ids };
}

async function compare(connectionId: string, body: unknown = {}): Promise<Body> {
  const begun = await stage.admin.post(`/connections/${connectionId}/comparisons`, body);
  const path = `/connections/${connectionId}/comparisons/${begun.body.id}`;
  await waitFor(async () => (await stage.admin.get(path)).body["state"] !== "running", {
    timeoutMs: 60_000,
    what: "the comparison to end",
  });
  return (await stage.admin.get(path)).body;
}

const findings = async (connectionId: string, comparison: Body, query = ""): Promise<Body[]> =>
  (await stage.admin.get(`/connections/${connectionId}/comparisons/${comparison.id}/findings${query}`)).body.items;
const writes = (app: SampleApp) => app.ledger().filter((entry) => entry.method !== "GET");
const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
const people = Array.from({ length: 8 }, (_, index) => `person-${index}`);

describe("X16: a full comparison", () => {
  it("I16: finds nothing where nothing drifted, reads the whole list and writes nothing", async () => {
    const { app, connectionId } = await synced(people);
    app.clearLedger();
    const comparison = await compare(connectionId, { policy: "repair" });
    await workshop.settled(connectionId);

    expect(comparison).toMatchObject({
      state: "done",
      progress: { listed: 8, totalResults: 8 },
      counts: { checked: 8, drifted: 0, missing: 0, orphans: 0, unexpectedActive: 0, duplicates: 0, repairs: 0 },
    });
    expect(writes(app)).toEqual([]);
    // Pages of three, whatever was asked for.
    expect(app.ledger().filter((entry) => entry.query.startsWith("startIndex"))).toHaveLength(3);
  });

  it("reports what was changed, deleted, added and reactivated by hand, and touches nothing", async () => {
    const { tenant, app, connectionId, ids } = await synced(people);
    await tenant.scim.patch(`/Users/${ids["person-3"]}`, { op: "replace", path: "active", value: false });
    await workshop.settled(connectionId);
    const byHand = (userName: string, change: object) =>
      app.putUserByHand({ schemas, userName, externalId: ids[userName], title: "Clerk", active: true, ...change });
    byHand("person-1", { title: "Chief" });
    byHand("person-3", {});
    app.deleteUserByHand("person-5");
    app.putUserByHand({ schemas, userName: "somebody-else", active: true });
    app.clearLedger();
    const comparison = await compare(connectionId);
    const found = await findings(connectionId, comparison);
    const notices = await stage.admin.get(`/tenants/${tenant.id}/notices`);

    expect(comparison).toMatchObject({
      state: "done",
      policy: "report",
      counts: { drifted: 1, missing: 1, orphans: 1, unexpectedActive: 1, duplicates: 0, repairs: 0 },
    });
    expect(found.find(({ kind }) => kind === "drifted")).toMatchObject({
      userId: ids["person-1"],
      attributes: [{ name: "title", ours: "Clerk", theirs: "Chief" }],
      repair: false,
    });
    expect(found.find(({ kind }) => kind === "missing")).toMatchObject({ userId: ids["person-5"] });
    expect(found.find(({ kind }) => kind === "orphan")).toMatchObject({ userId: null, userName: "somebody-else" });
    expect(found.find(({ kind }) => kind === "unexpectedActive")).toMatchObject({ userId: ids["person-3"] });
    expect(await findings(connectionId, comparison, "?kind=orphan")).toHaveLength(1);
    expect(notices.body.items).toMatchObject([{ kind: "comparison.unexpectedActive" }]);
    expect(writes(app)).toEqual([]);
  });

  it("G2, G14: repairs by the usual way: mends, deactivates, and makes anew only who should be there", async () => {
    const { tenant, app, connectionId, ids } = await synced(people, { comparison: { policy: "repair" } });
    await tenant.scim.patch(`/Users/${ids["person-3"]}`, { op: "replace", path: "active", value: false });
    await tenant.scim.patch(`/Users/${ids["person-4"]}`, { op: "replace", path: "active", value: false });
    await workshop.settled(connectionId);
    app.putUserByHand({ schemas, userName: "person-1", externalId: ids["person-1"], title: "Chief", active: true });
    app.putUserByHand({ schemas, userName: "person-3", externalId: ids["person-3"], title: "Clerk", active: true });
    app.putUserByHand({ schemas, userName: "somebody-else", title: "Guest", active: true });
    app.deleteUserByHand("person-4");
    app.deleteUserByHand("person-5");
    const comparison = await compare(connectionId);
    await workshop.settled(connectionId);
    const again = await compare(connectionId);

    expect(comparison).toMatchObject({
      counts: { drifted: 1, missing: 2, orphans: 1, unexpectedActive: 1, repairs: 4 },
    });
    expect(app.user("person-1")?.raw["title"]).toBe("Clerk");
    expect(app.user("person-3")?.active).toBe(false);
    expect(app.user("person-4")).toBeUndefined();
    expect(app.user("person-5")?.active).toBe(true);
    expect(app.user("somebody-else")?.raw["title"]).toBe("Guest");
    expect(app.duplicates().filter(({ value }) => value !== "person-5" && value !== ids["person-5"])).toEqual([]);
    expect(again).toMatchObject({ counts: { drifted: 0, missing: 0, unexpectedActive: 0, orphans: 1, repairs: 0 } });
  });

  it("reports a second account of one person as a duplicate", async () => {
    const { app, connectionId, ids } = await synced(["ana"]);
    app.putUserByHand({ schemas, userName: "ana.two", externalId: ids["ana"], active: true });
    const comparison = await compare(connectionId, { policy: "repair" });

    expect(comparison).toMatchObject({ counts: { duplicates: 1, orphans: 0, repairs: 0 } });
    expect(await findings(connectionId, comparison)).toMatchObject([
      { kind: "duplicate", userId: ids["ana"], userName: "ana.two" },
    ]);
  });

  it.each([
    [
      "says that it has more than it lists",
      { kind: "alter", set: { totalResults: 99 }, path: "/Users", method: "GET" },
    ],
    ["fails midway", { kind: "status", status: 403, path: "/Users", method: "GET", skip: 1 }],
  ] as const)("concludes nothing about missing accounts when the app %s", async (_case, fault) => {
    const { app, connectionId } = await synced(people);
    app.deleteUserByHand("person-7");
    app.faults.set([fault]);
    const comparison = await compare(connectionId, { policy: "repair" });
    app.faults.clear();
    await workshop.settled(connectionId);
    const status = await stage.admin.get(`/connections/${connectionId}/status`);

    expect(comparison).toMatchObject({ state: "incomplete", counts: { missing: 0, repairs: 0 } });
    expect(comparison["reason"]).toEqual(expect.stringContaining("The app"));
    expect(status.body).toMatchObject({ state: "active", settled: true });
    expect(app.user("person-7")).toBeUndefined();
  });

  it("tries a page again that failed for a moment, in smaller parts, and obeys a 429 as the lane does", async () => {
    const { app, connectionId } = await synced(people);
    app.faults.set([
      { kind: "status", status: 503, path: "/Users", method: "GET", skip: 1, times: 1 },
      { kind: "status", status: 429, retryAfter: "1", path: "/Users", method: "GET", skip: 2, times: 1 },
    ]);
    const comparison = await compare(connectionId);

    expect(comparison).toMatchObject({ state: "done", counts: { checked: 8 } });
  });

  it("is planned a day ahead, or never where the settings say so, and asking twice answers the one that is running", async () => {
    const { app, connectionId } = await synced(["ana"]);
    app.faults.set([{ kind: "latency", latencyMs: 500, path: "/Users", method: "GET" }]);
    const first = await stage.admin.send("POST", `/connections/${connectionId}/comparisons`);
    const second = await stage.admin.send("POST", `/connections/${connectionId}/comparisons`);
    const planned = await stage.ledger.query<{ hours: number }>(
      "select round(extract(epoch from compare_at - now()) / 3600)::int as hours from lanes where connection_id = $1",
      [connectionId],
    );
    await stage.admin.send("PATCH", `/connections/${connectionId}`, { settings: { comparison: { everyHours: null } } });
    const never = await stage.ledger.query("select compare_at from lanes where connection_id = $1", [connectionId]);

    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.id).toBe(first.body.id);
    expect(planned).toEqual([{ hours: 24 }]);
    expect(never).toEqual([{ compare_at: null }]);
  });
});
