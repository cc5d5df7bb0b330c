import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { USER } from "./clients.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

const URN = "urn:example:params:scim:schemas:extension:acme:2.0:User";
const acme = (...names: string[]) => ({
  extensions: [
    {
      resourceType: "User",
      id: URN,
      name: "Acme",
      attributes: [
        ...names.map((name) => ({ name })),
        { name: "start", type: "dateTime" },
        { name: "level", type: "integer" },
        { name: "tags", multiValued: true },
      ],
    },
  ],
});

let stage: Stage;
let tenant: Tenant;
let at: string;

beforeAll(async () => {
  stage = await openStage();
  tenant = await stage.newTenant();
  at = `/tenants/${tenant.id}/directories/${tenant.directoryId}/extensions`;
  await stage.admin.send("PUT", at, acme("badge"));
  await known("badge");
});
afterAll(async () => {
  await stage.close();
});

/** Processes follow an edit within a second. */
async function known(name: string): Promise<void> {
  await waitFor(
    async () => {
      const { status, text } = await tenant.scim.get(`/Schemas/${URN}`);
      return status === 200 && text.includes(`"${name}"`);
    },
    { timeoutMs: 20_000, what: `${name} in /Schemas` },
  );
}

const find = async (filter: string) => (await tenant.scim.get(`/Users?filter=${encodeURIComponent(filter)}`)).body;

describe("B14: extension schemas of a directory", () => {
  it("are announced by the directory that has them, and by no other", async () => {
    const other = await stage.newTenant();
    const { body: types } = await tenant.scim.get("/ResourceTypes/User");

    expect(types["schemaExtensions"]).toContainEqual({ schema: URN, required: false });
    expect((await other.scim.get(`/Schemas/${URN}`)).status).toBe(404);
  });

  it("are stored, found, sorted, changed and cleared like any other attribute", async () => {
    const people = await Promise.all(
      [3, 1, 2].map((level) =>
        tenant.scim.createUser({
          userName: `ext-${level}`,
          [URN]: { badge: `B${level}`, level, start: `203${level}-01-01T00:00:00Z`, tags: ["a", `t${level}`] },
        }),
      ),
    );
    const path = `/Users/${people[0]?.id}`;

    expect(people[0]).toMatchObject({ schemas: [USER, URN], [URN]: { badge: "B3", level: 3 } });
    expect((await find(`${URN}:badge eq "b2"`)).Resources.map(({ userName }) => userName)).toEqual(["ext-2"]);
    expect((await find(`${URN.toUpperCase()}:LEVEL ge 2`)).totalResults).toBe(2);
    expect((await find(`${URN}:start lt "2031-06-01T00:00:00+02:00"`)).totalResults).toBe(1);
    expect((await find(`${URN}:tags eq "t3"`)).totalResults).toBe(1);
    const sorted = await tenant.scim.get(`/Users?filter=userName%20sw%20%22ext-%22&sortBy=${URN}:level`);
    expect(sorted.body.Resources.map(({ userName }) => userName)).toEqual(["ext-1", "ext-2", "ext-3"]);

    const patched = await tenant.scim.patch(path, { op: "replace", path: `${URN}:level`, value: 9 });
    expect(patched.body).toMatchObject({ [URN]: { badge: "B3", level: 9 } });
    const cleared = await tenant.scim.patch(path, { op: "remove", path: URN });
    expect(cleared.body["schemas"]).toEqual([USER]);
    expect(cleared.body).not.toHaveProperty([URN]);
  });

  it("refuse values of another type and leave nothing behind", async () => {
    const before = await stage.ledger.digest(tenant.id);

    const answer = await tenant.scim.post("/Users", { userName: "ext-bad", [URN]: { level: "three" } });

    expect(answer).toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
    expect(await stage.ledger.digest(tenant.id)).toEqual(before);
  });

  it("gain attributes, but lose none while anybody has values of them", async () => {
    expect((await stage.admin.send("PUT", at, acme("badge", "room"))).status).toBe(200);
    await known("room");

    const narrowed = await stage.admin.send("PUT", at, acme("room"));
    const removed = await stage.admin.send("PUT", at, { extensions: [] });

    expect([narrowed.status, removed.status]).toEqual([409, 409]);
    expect(narrowed.body.detail).toContain(URN);
    expect((await stage.admin.get(at)).body["extensions"]).toMatchObject([{ id: URN, attributes: { length: 5 } }]);
  });

  it("that cannot be served are 400 and change nothing", async () => {
    const bad = [
      acme("constructor"),
      acme("badge", "BADGE"),
      { extensions: [{ ...acme("a").extensions[0], id: USER }] },
      { extensions: [acme("a").extensions[0], acme("b").extensions[0]] },
    ];
    for (const body of bad) expect((await stage.admin.send("PUT", at, body)).status).toBe(400);

    expect((await tenant.scim.get(`/Schemas/${URN}`)).text).toContain('"room"');
  });
});
