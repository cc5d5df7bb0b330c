import { scimRoutes } from "@muster/api";
import { uuidV7 } from "@muster/runtime";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GROUP, PATCH_OP, USER } from "./clients.ts";
import { findLeaks } from "./ear.ts";
import { type People, populate, seen } from "./neighbours.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let a: Tenant;
let b: Tenant;
/** What each tenant holds; `b` is whose ids are tried. */
let ofA: People;
let ofB: People;

beforeAll(async () => {
  stage = await openStage();
  [a, b] = [await stage.newTenant(), await stage.newTenant()];
  [ofA, ofB] = [await populate(a), await populate(b)];
});
afterAll(async () => {
  await stage.close();
});

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** A body that a SCIM route could take, naming things by these ids wherever it can. */
function scimBody(path: string, method: string, ids: People): unknown {
  if (method === "PATCH") {
    const path = "members";
    const value = [{ value: ids.user }, { value: ids.other }];
    return {
      schemas: [PATCH_OP],
      Operations: [
        { op: "add", path, value },
        { op: "remove", path, value: [{ value: ids.user }] },
      ],
    };
  }
  if (!["POST", "PUT"].includes(method)) return undefined;
  const name = `of ${ids.group} in ${uuidV7()}`;
  return path.startsWith("/Groups")
    ? { schemas: [GROUP], id: ids.group, displayName: name, externalId: ids.group, members: [{ value: ids.user }] }
    : { schemas: [USER], id: ids.user, userName: name, externalId: ids.user, groups: [{ value: ids.group }] };
}

const randomPeople = (): People => ({ user: uuidV7(), other: uuidV7(), group: uuidV7() });

describe("V05: a directory's token opens that directory and nothing else", () => {
  const paths = [...new Set(scimRoutes.map((route) => route.path))];

  it("has routes to crawl", () => {
    expect(paths).toEqual(
      expect.arrayContaining(["/Users", "/Users/:id", "/Groups", "/Groups/:id", "/Bulk", "/Me", "/Schemas"]),
    );
  });

  it.each(paths)("every method of %s answers another tenant's ids as it answers random ones", async (path) => {
    const before = await stage.ledger.digest(b.id);
    const tryWith = async (method: string, kind: keyof People, ids: People) =>
      seen(await a.scim.send(method, path.replace(":id", ids[kind]), scimBody(path, method, ids)), Object.values(ids));

    for (const method of METHODS) {
      for (const kind of ["user", "group"] as const) {
        expect([method, await tryWith(method, kind, ofB)]).toEqual([
          method,
          await tryWith(method, kind, randomPeople()),
        ]);
      }
    }
    expect(await stage.ledger.digest(b.id)).toBe(before);
  });

  it.each(paths)(
    "every method of %s at another tenant's address is 401, in the words for an unknown address",
    async (path) => {
      const before = await stage.ledger.digest(b.id);
      const at = (directoryId: string, method: string) =>
        a.scim.send(method, `/../${directoryId}${path.replace(":id", ofB.user)}`, scimBody(path, method, ofB));

      for (const method of METHODS) {
        const theirs = await at(b.directoryId, method);
        expect([method, theirs.status]).toEqual([method, 401]);
        expect(seen(theirs)).toBe(seen(await at(uuidV7(), method)));
      }
      expect(await stage.ledger.digest(b.id)).toBe(before);
    },
  );

  // Here and in tenant B the same people, so that only the ids differ.
  it.each([
    'id eq "<user>"',
    'userName eq "bob@example.com" and id eq "<other>"',
    'groups.value eq "<group>"',
    'groups[value eq "<group>"]',
  ])("a filter finds nobody by another tenant's id: %s", async (filter) => {
    const find = async (ids: People) =>
      (await a.scim.get(`/Users?filter=${encodeURIComponent(filled(filter, ids))}`)).body;

    expect(await find(ofB)).toMatchObject({ totalResults: 0, Resources: [] });
    expect(await find(ofA)).toMatchObject({ totalResults: 1 });
  });

  const filled = (text: string, ids: People): string =>
    text.replace("<user>", ids.user).replace("<other>", ids.other).replace("<group>", ids.group);

  it("V07: another tenant's user never becomes a member, whichever way it is sent", async () => {
    const value = [{ value: ofB.user }];
    const made = await a.scim.createGroup({ displayName: "With a stranger", members: value });
    await a.scim.patch(`/Groups/${made.id}`, { op: "add", path: "members", value });
    await a.scim.put(`/Groups/${made.id}`, { displayName: "With a stranger", members: value });

    const read = await a.scim.get(`/Groups/${made.id}`);
    const theirs = await b.scim.get(`/Users/${ofB.user}`);
    const rows = await stage.ledger.query("select 1 from memberships where tenant_id = $1 and user_id = $2", [
      a.id,
      ofB.user,
    ]);
    expect(read.body.members).toEqual([]);
    expect(theirs.body.groups.map((group) => group.display)).toEqual(["Staff"]);
    expect(rows).toEqual([]);
    const forced = stage.ledger.query("insert into memberships (tenant_id, group_id, user_id) values ($1, $2, $3)", [
      a.id,
      made.id,
      ofB.user,
    ]);
    await expect(forced).rejects.toThrow(/foreign key/);
  });
});

describe("V04: names are a tenant's own", () => {
  it("B9: one userName in two tenants is two people, and 409 in one tenant tells nothing of the other", async () => {
    const before = await stage.ledger.digest(b.id);
    const user = {
      userName: "Grace@example.com",
      emails: [{ value: "grace@example.com" }],
      name: { familyName: "Of A" },
    };

    const inA = await a.scim.createUser(user);
    expect(await stage.ledger.digest(b.id)).toBe(before);
    const inB = await b.scim.createUser({ ...user, name: { familyName: "Of B" } });
    const again = await a.scim.post("/Users", { ...user, userName: "grace@EXAMPLE.com" });

    expect(inA.id).not.toBe(inB.id);
    expect(again).toMatchObject({ status: 409, body: { scimType: "uniqueness", status: "409" } });
    expect(again.text).not.toContain(inB.id);
    expect((await a.scim.get(`/Users/${inA.id}`)).body).toMatchObject({ name: { familyName: "Of A" } });
  });
});

describe("V06: the id in the URL is the only one that counts", () => {
  it.each(["PUT", "PATCH"] as const)(
    "%s with another's id in the body changes the URL's object alone",
    async (method) => {
      const target = await a.scim.createUser({ userName: `target-${method}` });
      const before = await rowsBut(target.id);
      const attempts: unknown[] =
        method === "PUT"
          ? [
              {
                schemas: ["urn:other"],
                id: ofA.other,
                meta: { resourceType: "Group", version: 'W/"99"', location: "x" },
                userName: `put-${target.id}`,
              },
            ]
          : [
              { id: ofA.other, nickName: "a" },
              { "urn:ietf:params:scim:schemas:core:2.0:User:id": ofA.other, nickName: "b" },
            ].map((value) => ({
              schemas: [PATCH_OP],
              id: ofA.other,
              Operations: [{ op: "replace", value }],
            }));

      for (const body of attempts) {
        const answer = await a.scim.send(method, `/Users/${target.id}`, body);
        expect(answer).toMatchObject({
          status: 200,
          body: { id: target.id, schemas: [USER], meta: { resourceType: "User", created: target.meta.created } },
        });
        expect(answer.body.meta.location).toBe(target.meta.location);
      }
      expect(await rowsBut(target.id)).toEqual(before);
    },
  );

  it.each(["id", "meta", "meta.version", "schemas", "groups", "urn:ietf:params:scim:schemas:core:2.0:User:id"])(
    "a PATCH path cannot change %s",
    async (path) => {
      const before = await stage.ledger.digest(a.id);
      for (const op of ["replace", "add", "remove"]) {
        const answer = await a.scim.patch(`/Users/${ofA.user}`, {
          op,
          path,
          value: op === "remove" ? undefined : ofA.other,
        });
        expect(answer).toMatchObject({ status: 400, body: { scimType: "mutability" } });
      }
      expect(await stage.ledger.digest(a.id)).toBe(before);
    },
  );

  it("a group's PUT with another group's id leaves that group alone", async () => {
    const [one, two] = [
      await a.scim.createGroup({ displayName: "One" }),
      await a.scim.createGroup({ displayName: "Two" }),
    ];
    const answer = await a.scim.put(`/Groups/${one.id}`, { id: two.id, displayName: "One and only" });

    expect(answer).toMatchObject({ status: 200, body: { id: one.id, displayName: "One and only" } });
    expect((await a.scim.get(`/Groups/${two.id}`)).body).toMatchObject({
      id: two.id,
      displayName: "Two",
      meta: { version: 'W/"1"' },
    });
  });

  /** The people and groups of tenant A but for one; what else changes is the audit. */
  async function rowsBut(id: string): Promise<string[]> {
    return (await stage.ledger.rows(a.id)).filter(
      (row) => /^(users|groups|memberships)/.test(row) && !row.includes(id),
    );
  }
});

describe("V01: an externalId is a label, never an id of ours", () => {
  it("whatever the externalId, a create makes a new object under a new id and changes no row", async () => {
    const taken = [ofA.user, ofA.group, ofB.user, ofB.group, a.id, b.id, a.directoryId];
    const label = fc.oneof(
      fc.integer({ min: -1, max: 20 }).map(String),
      fc.constantFrom(...taken, ...taken.map((id) => id.toUpperCase())),
      fc.constantFrom(
        "admin",
        "owner",
        "root",
        "muster_app",
        "postgres",
        "null",
        "undefined",
        "__proto__",
        "0x7",
        "1e1",
        "7 ",
      ),
    );
    let made = 0;
    await fc.assert(
      fc.asyncProperty(label, fc.constantFrom("Users", "Groups"), async (externalId, kind) => {
        const before = await stage.ledger.rows();
        made += 1;
        const answer = await a.scim.post(`/${kind}`, {
          userName: `v01-${made}`,
          displayName: `v01-${made}`,
          externalId,
        });
        const after = new Set(await stage.ledger.rows());

        expect(answer).toMatchObject({ status: 201, body: { externalId } });
        expect(before.join("\n")).not.toContain(answer.body.id);
        expect(before.filter((row) => !after.has(row))).toEqual([]);
        expect((await a.scim.get(`/${kind}/${encodeURIComponent(externalId)}`)).text).not.toContain(answer.body.id);
      }),
      { numRuns: 40 },
    );
  });
});

it("V23: no secret was in any answer, log line or row of all this", async () => {
  expect(findLeaks([...stage.ear.heard(), ...(await stage.ledger.rows())], stage.ear.secrets())).toEqual([]);
});
