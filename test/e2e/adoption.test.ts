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

type Adopting = { tenant: Tenant; app: SampleApp; connectionId: string };

async function adopting(adoption: unknown): Promise<Adopting> {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp();
  const { connectionId } = await workshop.connect(tenant, { app, settings: { adoption } });
  return { tenant, app, connectionId };
}

const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
const emails = [{ value: "ana@example.com", type: "work", primary: true }];
const conflicts = async (connectionId: string, query = ""): Promise<Body[]> =>
  (await stage.admin.get(`/connections/${connectionId}/conflicts${query}`)).body.items;
const firstConflict = (connectionId: string) =>
  waitFor(async () => (await conflicts(connectionId))[0], { timeoutMs: 30_000, what: "a conflict" });
const accounts = async (connectionId: string): Promise<Body[]> =>
  (await stage.admin.get(`/connections/${connectionId}/accounts`)).body.items;
const decide = (connectionId: string, userId: unknown, body: unknown) =>
  stage.admin.send("POST", `/connections/${connectionId}/conflicts/${String(userId)}/decide`, body);
const posts = (app: SampleApp) => app.ledger().filter((entry) => entry.method === "POST");

describe("G8: whose account is it", () => {
  it.each([
    ["ask", { foreign: "ask" }, "held"],
    ["conflict", { foreign: "conflict" }, "stopped"],
    ["the word refuse", "refuse", "stopped"],
  ])("with %s puts a found account on the list, and links it when somebody decides so", async (_case, rule, state) => {
    const { tenant, app, connectionId } = await adopting(rule);
    const theirs = app.putUserByHand({ schemas, userName: "ana", emails });
    const { id } = await tenant.scim.createUser({ userName: "ana", title: "Engineer" });
    const conflict = await firstConflict(connectionId);
    // The list is written a moment before the account.
    const before = await waitFor(
      async () => {
        const all = await accounts(connectionId);
        return all[0]?.["state"] !== "pending" && all;
      },
      { timeoutMs: 30_000, what: "the account to wait for a decision" },
    );
    const untouched = app.user("ana")?.raw["title"];
    const wrong = await decide(connectionId, id, { action: "link", remoteId: "another" });
    const decided = await decide(connectionId, id, { action: "link", remoteId: theirs.id });
    await workshop.settled(connectionId);
    const audit = await stage.admin.get(`/tenants/${tenant.id}/audit`);

    expect(conflict).toMatchObject({
      userId: id,
      userName: "ana",
      decision: null,
      candidates: [{ remoteId: theirs.id, userName: "ana", emails: ["ana@example.com"], externalId: null }],
    });
    expect(before).toMatchObject([{ state, remoteId: null }]);
    expect(untouched).toBeUndefined();
    expect(wrong.status).toBe(400);
    expect(decided).toMatchObject({ status: 200, body: { decision: "link" } });
    expect(app.users()).toMatchObject([{ id: theirs.id, externalId: id, raw: { title: "Engineer" } }]);
    expect(await accounts(connectionId)).toMatchObject([{ state: "synced", remoteId: theirs.id }]);
    expect([...(await conflicts(connectionId)), ...(await conflicts(connectionId, "?state=decided"))]).toEqual([]);
    expect(audit.body.items).toEqual(
      expect.arrayContaining([expect.objectContaining({ action: "conflict.link", target: id })]),
    );
  });

  it("V01: never links an account with another externalId by itself, but does when somebody decides so", async () => {
    const { tenant, app, connectionId } = await adopting("link");
    const theirs = app.putUserByHand({ schemas, userName: "ana", externalId: "of-another-system" });
    const { id } = await tenant.scim.createUser({ userName: "ana" });
    const conflict = await firstConflict(connectionId);
    const before = app.user("ana")?.externalId;
    await decide(connectionId, id, { action: "link", remoteId: theirs.id });
    await workshop.settled(connectionId);

    expect(conflict).toMatchObject({ candidates: [{ externalId: "of-another-system" }] });
    expect(before).toBe("of-another-system");
    expect(app.users()).toMatchObject([{ id: theirs.id, externalId: id }]);
  });

  it("E6, I06: matches by e-mail before it creates, links what nobody owns, and makes no second account", async () => {
    const { tenant, app, connectionId } = await adopting({ match: ["userName", "email"], foreign: "link" });
    const theirs = app.putUserByHand({ schemas, userName: "old-name", emails });
    const { id } = await tenant.scim.createUser({ userName: "ana", emails });
    await workshop.settled(connectionId);

    expect(app.users()).toMatchObject([{ id: theirs.id, userName: "ana", externalId: id }]);
    expect(posts(app)).toEqual([]);
  });

  it("lists two hits as ambiguous, and makes a new account beside them when told to", async () => {
    const { tenant, app, connectionId } = await adopting({ match: ["email"], foreign: "link" });
    app.putUserByHand({ schemas, userName: "one", emails });
    app.putUserByHand({ schemas, userName: "two", emails });
    const { id } = await tenant.scim.createUser({ userName: "ana", emails });
    const conflict = await firstConflict(connectionId);
    const made = posts(app).length;
    await decide(connectionId, id, { action: "createNew" });
    await workshop.settled(connectionId);

    expect(conflict["candidates"]).toHaveLength(2);
    expect(made).toBe(0);
    expect(app.user("ana")?.externalId).toBe(id);
    expect(app.users()).toHaveLength(3);
    expect(await accounts(connectionId)).toMatchObject([{ state: "synced" }]);
  });

  it("never offers an account that is linked to another person, and touches no account that it did not adopt", async () => {
    const { tenant, app, connectionId } = await adopting({ match: ["userName", "email"], foreign: "link" });
    const ben = await tenant.scim.createUser({ userName: "ben", emails });
    await workshop.settled(connectionId);
    const ana = await tenant.scim.createUser({ userName: "ana", emails });
    await workshop.settled(connectionId);
    app.putUserByHand({ schemas, userName: "cyd", externalId: "another" });
    const cyd = await tenant.scim.createUser({ userName: "cyd" });
    await firstConflict(connectionId);
    await tenant.scim.delete(`/Users/${cyd.id}`);
    await workshop.settled(connectionId);

    // The same address, yet not the same account: Ben's is Ben's.
    expect(app.user("ben")?.externalId).toBe(ben.id);
    expect(app.user("ana")?.externalId).toBe(ana.id);
    expect(app.user("cyd")).toMatchObject({ active: true, externalId: "another" });
    expect(await conflicts(connectionId)).toEqual([]);
  });

  it("leaves a person without an account when told to ignore, until decided anew", async () => {
    const { tenant, app, connectionId } = await adopting("refuse");
    const theirs = app.putUserByHand({ schemas, userName: "ana" });
    const { id } = await tenant.scim.createUser({ userName: "ana" });
    await firstConflict(connectionId);
    await decide(connectionId, id, { action: "ignore" });
    await workshop.settled(connectionId);
    await tenant.scim.patch(`/Users/${id}`, { op: "replace", path: "title", value: "Chief" });
    await workshop.settled(connectionId);
    const ignored = await conflicts(connectionId, "?state=decided");
    const before = app.user("ana")?.externalId;
    await decide(connectionId, id, { action: "link", remoteId: theirs.id });
    await workshop.settled(connectionId);

    expect(ignored).toMatchObject([{ userId: id, decision: "ignore" }]);
    expect(before).toBeUndefined();
    expect(app.user("ana")?.externalId).toBe(id);
  });

  it("V05: another app owner's conflicts and comparisons are not there", async () => {
    const { tenant, app, connectionId } = await adopting("refuse");
    app.putUserByHand({ schemas, userName: "ana" });
    const { id } = await tenant.scim.createUser({ userName: "ana" });
    await firstConflict(connectionId);
    const { admin } = await stage.newWorkspace();
    const at = `/connections/${connectionId}`;
    const answers = [
      await admin.get(`${at}/conflicts`),
      await admin.send("POST", `${at}/conflicts/${id}/decide`, { action: "createNew" }),
      await admin.send("POST", `${at}/comparisons`),
      await admin.get(`${at}/comparisons`),
      await admin.get(`${at}/comparisons/${id}`),
      await admin.get(`${at}/comparisons/${id}/findings`),
    ];

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
    expect(await conflicts(connectionId)).toMatchObject([{ userId: id, decision: null }]);
  });
});
