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

type Connected = { tenant: Tenant; app: SampleApp; connectionId: string };

async function connected(): Promise<Connected> {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp();
  const { connectionId } = await workshop.connect(tenant, { app });
  return { tenant, app, connectionId };
}

const USER_NAME = { target: "userName", expression: "user.userName" };
const put = (path: string, rows: unknown) => stage.admin.send("PUT", `${path}/mapping`, { rows });

/** Saves a connection's mapping and waits until the app has what it says. */
async function map(connectionId: string, ...rows: unknown[]): Promise<Body> {
  const answer = await put(`/connections/${connectionId}`, [USER_NAME, ...rows]);
  if (answer.status !== 200) throw new Error(answer.text);
  await workshop.settled(connectionId);
  return answer.body;
}

describe("the mapping of a connection (E1)", () => {
  it("begins with the product's own rows, takes an edit to the app, and clears what only it had put there (E5, SB7, SB8)", async () => {
    const { tenant, app, connectionId } = await connected();
    await tenant.scim.createUser({ userName: "ada", title: "Analyst", nickName: "Countess", displayName: "Ada" });
    await workshop.settled(connectionId);
    const before = (await stage.admin.get(`/connections/${connectionId}/mapping`)).body;
    const copied = await put(`/connections/${connectionId}`, before["rows"]);
    await workshop.settled(connectionId);
    app.clearLedger();
    const saved = await map(
      connectionId,
      { target: "displayName", expression: 'join(" ", user.displayName, "(" + user.title + ")")' },
      { target: "nickName", entra: 'Append([displayName], "!")' },
    );

    expect(before["source"]).toBe("product");
    expect(before["rows"]).toContainEqual(expect.objectContaining({ target: "roles" }));
    expect(copied.body).toEqual({ source: "connection", rows: before["rows"] });
    expect(saved["rows"]).toContainEqual(
      expect.objectContaining({ target: "nickName", expression: 'append(user.displayName, "!")' }),
    );
    expect(app.user("ada")?.raw).toMatchObject({ displayName: "Ada (Analyst)", nickName: "Ada!" });
    expect(app.user("ada")?.raw).not.toHaveProperty("title");
  });

  it("is the app's where the connection has none, for every customer of it, and goes back to that", async () => {
    const [one, two] = [await stage.newTenant(), await stage.newTenant()];
    const first = await workshop.connect(one, { app: await workshop.startApp() });
    const { appId } = (await stage.admin.get(`/connections/${first.connectionId}`)).body;
    const appOfTwo = await workshop.startApp();
    const second = await stage.admin.post(`/tenants/${two.id}/connections`, {
      appId,
      directoryId: two.directoryId,
      target: { kind: "scim", baseUrl: appOfTwo.baseUrl, auth: appOfTwo.auth() },
    });
    await stage.admin.put(`/connections/${second.body.id}/assignments`, { everyone: true });
    await two.scim.createUser({ userName: "ben", title: "Clerk" });
    await workshop.settled(second.body.id);

    const saved = await put(`/apps/${appId}`, [
      USER_NAME,
      { target: "title", expression: "user.title", default: "x" },
      { target: "nickName", expression: '"from the app"' },
    ]);
    await waitFor(() => appOfTwo.user("ben")?.raw["nickName"] === "from the app", {
      timeoutMs: 20_000,
      what: "the app's mapping to arrive",
    });
    const inherited = (await stage.admin.get(`/connections/${second.body.id}/mapping`)).body;
    await put(`/connections/${second.body.id}`, [USER_NAME]);
    await workshop.settled(second.body.id);
    const own = appOfTwo.user("ben")?.raw["nickName"];
    await put(`/connections/${second.body.id}`, null);
    await workshop.settled(second.body.id);
    const again = appOfTwo.user("ben")?.raw["nickName"];
    await put(`/apps/${appId}`, null);
    await workshop.settled(second.body.id);

    expect(saved.body["source"]).toBe("app");
    expect(inherited["source"]).toBe("app");
    expect([own, again]).toEqual([undefined, "from the app"]);
    expect(appOfTwo.user("ben")?.raw).not.toHaveProperty("nickName");
    expect((await stage.admin.get(`/apps/${appId}/mapping`)).body["source"]).toBe("product");
  });
});

describe("a mapping that cannot be used", () => {
  const T = (target: string, more: object) => [USER_NAME, { target, ...more }];

  it.each<[string, unknown, string, string]>([
    ["no expression", T("title", {}), "/rows/1", "Give the row an expression"],
    ["both languages", T("title", { expression: "1", entra: "[mail]" }), "/rows/1", "not both"],
    ["what cannot be read", T("title", { expression: "user." }), "/rows/1", "line 1"],
    ["a name that there is not", T("title", { expression: "person.title" }), "/rows/1", "user, enterprise, groups"],
    ["a function that there is not", T("title", { expression: "shout(user.title)" }), "/rows/1", "which there is not"],
    ["Entra's text that cannot be read", T("title", { entra: "Guid()" }), "/rows/1", "user.id"],
    ["no place", T("a b", { expression: "1" }), "/rows/1", "write title"],
    ["our externalId", T("externalId", { expression: "user.externalId" }), "/rows/1", "Muster's own id"],
    ["a password (SB24)", T("password", { expression: '"x"' }), "/rows/1", "no passwords"],
    ["active on create only", T("Active", { expression: "true", onCreateOnly: true }), "/rows/1", "always kept"],
    ["no userName (SB16)", [{ target: "title", expression: "1" }], "/rows", "No row gives userName"],
  ])("%s: is refused by row and fix, and nothing is saved", async (_, rows, path, fix) => {
    const { connectionId } = await bare();
    const answer = await put(`/connections/${connectionId}`, rows);
    const preview = await stage.admin.send("POST", `/connections/${connectionId}/preview`, {
      userName: "ada",
      mapping: rows,
    });

    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body["issues"]).toEqual([{ path, rule: "mapping", message: expect.stringContaining(fix) }]);
    expect(preview.status).toBe(400);
    expect((await stage.admin.get(`/connections/${connectionId}/mapping`)).body["source"]).toBe("product");
  });

  let made: { tenant: Tenant; connectionId: string } | undefined;
  /** A connection to nowhere, for what is never sent. */
  async function bare(): Promise<{ tenant: Tenant; connectionId: string }> {
    if (made !== undefined) return made;
    const tenant = await stage.newTenant();
    const { connectionId } = await workshop.connect(tenant);
    made = { tenant, connectionId };
    return made;
  }
});

describe("the preview (E3)", () => {
  const preview = async (connectionId: string, body: object): Promise<Body> => {
    const answer = await stage.admin.send("POST", `/connections/${connectionId}/preview`, body);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body;
  };

  it("SE17, SE18, SE19, SE20, SE21, SE22, SE23, SE24, SE25, SE26, SE27, SE28: shows exactly what is then sent, from Entra's own expressions", async () => {
    const { tenant, app, connectionId } = await connected();
    const urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    await tenant.scim.createUser({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", urn],
      userName: "ada@x.example",
      name: { givenName: "Ada", familyName: "Lovelace" },
      displayName: "Ada Lovelace",
      nickName: "Countess",
      title: "Analyst",
      emails: [{ value: "ada@x.example", type: "work", primary: true }],
      [urn]: { department: "Engines", employeeNumber: "42" },
    });
    await workshop.settled(connectionId);
    const rows = [
      { target: "userName", entra: "[mailNickname]" },
      { target: "active", entra: 'Switch([IsSoftDeleted], , "False", "True", "True", "False")' },
      { target: "name.givenName", entra: "[givenName]" },
      { target: "name.familyName", entra: "[surname]" },
      { target: "displayName", entra: 'Join(", ", [surname], [givenName])' },
      { target: 'emails[type eq "work"].value', entra: "[userPrincipalName]" },
      { target: 'emails[type eq "work"].primary', expression: "true" },
      { target: "title", entra: "[jobTitle]" },
      { target: `${urn}:department`, entra: "[department]" },
      { target: `${urn}:employeeNumber`, entra: "[employeeId]" },
      { target: `${urn}:costCenter`, entra: "[costCenter]" },
      { target: `${urn}:organization`, expression: "enterprise.organization", default: "Acme" },
    ];
    const before = await preview(connectionId, { userName: "ADA@x.example" });
    const shown = await preview(connectionId, { userName: "ada@x.example", mapping: rows });
    const stored = (await stage.admin.get(`/connections/${connectionId}/mapping`)).body["source"];
    const saved = await put(`/connections/${connectionId}`, rows);
    await workshop.settled(connectionId);

    expect(before).toMatchObject({
      source: "product",
      isFit: true,
      notSent: [],
      scope: { inScope: true, why: "everyone" },
    });
    expect(stored).toBe("product");
    expect(shown).toMatchObject({
      source: "unsaved",
      isFit: true,
      problems: [],
      violations: [],
      notSent: ["nickName"],
    });
    expect(shown["steps"]).toMatchObject([
      { step: "update", isNext: true, requests: [{ method: "PATCH", body: { Operations: expect.any(Array) } }] },
      { step: "deactivate", isNext: false, requests: [{ method: "PATCH" }] },
      { step: "delete", isNext: false, requests: [], problem: expect.stringContaining("may not delete") },
    ]);
    expect(JSON.stringify(shown["steps"])).toContain('{"name":"authorization","value":null}');
    const { id: _id, meta: _meta, ...sent } = app.user("ada")?.raw ?? {};
    expect(sent).toEqual(shown["payload"]);
    expect(sent).toMatchObject({
      userName: "ada",
      active: true,
      displayName: "Lovelace, Ada",
      emails: [{ value: "ada@x.example", type: "work", primary: true }],
      [urn]: { department: "Engines", employeeNumber: "42", organization: "Acme" },
    });
    expect(shown["derivations"]).toContainEqual({ target: `${urn}:costCenter`, from: "nothing", value: null });
    expect(shown["derivations"]).toContainEqual({ target: `${urn}:organization`, from: "default", value: "Acme" });
    // Kept in one language.
    for (const row of saved.body["rows"] as Body[]) expect(row).not.toHaveProperty("entra");
  });

  it("tells of problems without sending anything, of nobody who is not there, and wants one name", async () => {
    const { tenant, app, connectionId } = await connected();
    const { id } = await tenant.scim.createUser({ userName: "ada" });
    await workshop.settled(connectionId);
    app.clearLedger();
    const shown = await preview(connectionId, {
      userId: id,
      mapping: [USER_NAME, { target: "title", expression: "user.title", required: true }],
    });
    const nobody = await stage.admin.send("POST", `/connections/${connectionId}/preview`, { userName: "ben" });
    const both = await stage.admin.send("POST", `/connections/${connectionId}/preview`, {
      userId: id,
      userName: "ada",
    });

    expect(shown).toMatchObject({
      isFit: false,
      problems: [{ target: "title", message: expect.stringContaining("required") }],
    });
    expect([nobody.status, both.status]).toEqual([404, 400]);
    expect(app.ledger()).toEqual([]);
  });
});

it("G12: a plan says what a mapping would change for everybody, and saves nothing", async () => {
  const { tenant, connectionId } = await connected();
  await tenant.scim.createUser({ userName: "ada", title: "Analyst" });
  await workshop.settled(connectionId);
  const mapping = { rows: [USER_NAME, { target: "active", expression: 'user.title != "Analyst"' }] };
  const asked = await stage.admin.post(`/connections/${connectionId}/plans`, { proposed: { mapping } });
  const plan = await waitFor(
    async () => {
      const { body } = await stage.admin.get(`/connections/${connectionId}/plans/${asked.body.id}`);
      return body["state"] === "done" ? body : undefined;
    },
    { timeoutMs: 30_000, what: "the plan" },
  );

  expect(plan["result"]).toMatchObject({ changes: [{ change: "loses", count: 1 }], guard: { losing: 1 } });
  expect((await stage.admin.get(`/connections/${connectionId}/mapping`)).body["source"]).toBe("product");
});
