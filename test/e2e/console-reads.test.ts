import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Body } from "./clients.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let tenant: Tenant;
let second: Body;

beforeAll(async () => {
  stage = await openStage();
  tenant = await stage.newTenant();
  second = await stage.admin.postSecret(`/tenants/${tenant.id}/directories`, { provider: "okta" });
  const other = await stage.newTenant();
  for (const { scim } of [tenant, other]) {
    await scim.createUser({
      userName: "Ada.Lovelace",
      externalId: "u-1",
      title: "Countess",
      emails: [{ value: "ada@byron.example", primary: true }],
    });
    await scim.createUser({ userName: "adam", emails: [{ value: "first@example.com" }] });
    await scim.createUser({ userName: "grace", externalId: "ada-like" });
    await scim.createGroup({ displayName: "Engineering", externalId: "g-1" });
    await scim.createGroup({ displayName: "Engine room" });
  }
});
afterAll(async () => {
  await stage.close();
});

const namesOf = (body: Body): string[] => body.items.map((item) => item.userName ?? item.displayName).sort();
const found = async (kind: "users" | "groups", query: Record<string, string>) =>
  namesOf((await stage.admin.get(`/tenants/${tenant.id}/${kind}?${new URLSearchParams(query)}`)).body);

describe("C1: looking for people and groups", () => {
  it.each([
    ["the beginning of a name, in any case", "ADA", ["Ada.Lovelace", "adam"]],
    ["a whole name", "ada.lovelace", ["Ada.Lovelace"]],
    ["the beginning of an address", "first@", ["adam"]],
    ["a whole externalId", "u-1", ["Ada.Lovelace"]],
    ["a part of an externalId", "u-", []],
    ["what is in the middle", "lovelace", []],
    ["what looks like a pattern", "%", []],
    ["nobody", "zzz", []],
  ])("people by %s", async (_name, search, names) => {
    expect(await found("users", { search })).toEqual(names);
  });

  it.each([
    ["engine", ["Engine room", "Engineering"]],
    ["engineer", ["Engineering"]],
    ["g-1", ["Engineering"]],
    ["room", []],
  ])("groups by %j", async (search, names) => {
    expect(await found("groups", { search })).toEqual(names);
  });

  it("in one directory alone", async () => {
    expect(await found("users", { directoryId: second.id })).toEqual([]);
    expect(await found("users", { directoryId: tenant.directoryId, search: "gr" })).toEqual(["grace"]);
    expect(await found("groups", { directoryId: second.id })).toEqual([]);
    expect(await found("groups", { directoryId: tenant.directoryId })).toHaveLength(2);
  });

  it("page by page, with what was looked for", async () => {
    const first = await stage.admin.get(`/tenants/${tenant.id}/users?search=ada&pageSize=1`);
    const token = String(first.body["nextPageToken"]);
    const next = await stage.admin.get(`/tenants/${tenant.id}/users?search=ada&pageSize=1&pageToken=${token}`);

    expect([...namesOf(first.body), ...namesOf(next.body)].sort()).toEqual(["Ada.Lovelace", "adam"]);
    expect(next.body["nextPageToken"]).toBeUndefined();
  });
});

describe("C2: one person, one group", () => {
  it("a person with the attributes that were sent", async () => {
    const list = await stage.admin.get(`/tenants/${tenant.id}/users?search=u-1`);
    const { id } = list.body.items[0] ?? { id: "" };

    expect((await stage.admin.get(`/tenants/${tenant.id}/users/${id}`)).body).toEqual({
      ...list.body.items[0],
      attributes: expect.objectContaining({
        title: "Countess",
        emails: [expect.objectContaining({ value: "ada@byron.example" })],
      }),
    });
  });

  it("a group with the number of its members", async () => {
    const list = await stage.admin.get(`/tenants/${tenant.id}/groups?search=g-1`);
    const { id } = list.body.items[0] ?? { id: "" };

    expect((await stage.admin.get(`/tenants/${tenant.id}/groups/${id}`)).body).toEqual(list.body.items[0]);
  });
});

describe("K7: the health of everything", () => {
  let app: Body;
  const connections: Record<string, string> = {};
  beforeAll(async () => {
    app = (await stage.admin.post("/apps", { name: "Ledger" })).body;
    for (const name of ["healthy", "paused", "held", "late", "quarantined", "disabled"]) {
      const made = await stage.admin.post(`/tenants/${tenant.id}/connections`, {
        appId: app.id,
        directoryId: tenant.directoryId,
        name,
        target: { kind: "scim", baseUrl: "https://ledger.example", auth: { scheme: "bearer", token: "t" } },
      });
      connections[name] = made.body.id;
    }
    const set = (name: string, column: string) =>
      stage.ledger.query(`update lanes set ${column} where connection_id = $1`, [connections[name]]);
    await set("paused", "paused = true, paused_at = now()");
    await set("held", "hold_expires_at = now()");
    await set("late", "removal_noted_at = now()");
    await set("quarantined", "quarantined_at = now(), hold_expires_at = now()");
    await set("disabled", "disabled_at = now(), paused = true");
  });

  it("names the connections of all tenants, the worst first", async () => {
    const { body } = await stage.admin.get("/overview");
    const worst = body["worst"] as Body[];

    expect(body["connections"]).toEqual({ disabled: 1, quarantined: 1, late: 1, held: 1, paused: 1, healthy: 1 });
    expect(worst.map((one) => [one["name"], one["health"]])).toEqual(
      ["disabled", "quarantined", "late", "held", "paused", "healthy"].map((name) => [name, name]),
    );
    expect(worst[0]).toMatchObject({ tenant: { id: tenant.id }, app: { id: app.id, name: "Ledger" } });
  });

  it("counts all, however few it names", async () => {
    const { body } = await stage.admin.get("/overview?limit=2");

    expect(body["connections"]).toEqual({ disabled: 1, quarantined: 1, late: 1, held: 1, paused: 1, healthy: 1 });
    expect((body["worst"] as Body[]).map((one) => one["name"])).toEqual(["disabled", "quarantined"]);
  });

  it("V10: shows another workspace nothing of it", async () => {
    const { admin } = await stage.newWorkspace();

    expect((await admin.get("/overview")).body).toEqual({
      connections: { disabled: 0, quarantined: 0, late: 0, held: 0, paused: 0, healthy: 0 },
      worst: [],
    });
  });
});
