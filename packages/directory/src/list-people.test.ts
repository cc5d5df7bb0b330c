import { uuidV7 } from "@muster/runtime";
import { groupSchema, userSchema } from "@muster/scim";
import { type Database, insertDirectory, insertGroup, insertUsers, inTenant, openDatabase } from "@muster/store";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listGroups, listResources } from "./list-people.ts";
import type { DirectoryScope } from "./scope.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
const scope: DirectoryScope = { tenantId: uuidV7(), directoryId: uuidV7(), actor: "test" };
const { tenantId, directoryId } = scope;
const groups = 51;
const people = 4_000;

// 204,000 memberships: no page of all these groups may be built in memory.
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 2, applicationName: "test" });
  await inTenant(db, tenantId, async (tx) => {
    await insertDirectory(tx, tenantId, { id: directoryId, provider: "generic", name: "Large" });
    const users = Array.from({ length: people }, (_, index) => ({
      id: uuidV7(),
      directoryId,
      user: { userName: `p${index}`, externalId: null, active: true, attributes: {} },
      actor: "test" as const,
    }));
    await insertUsers(tx, tenantId, users);
    for (let index = 0; index < groups; index += 1) {
      const group = { displayName: `g${index}`, externalId: null, attributes: {} };
      await insertGroup(tx, tenantId, { id: uuidV7(), directoryId, group, actor: "test" });
    }
  });
  for (let index = 0; index < groups; index += 10)
    await db.pool.query(
      `insert into memberships (tenant_id, group_id, user_id)
       select g.tenant_id, g.id, u.id from (select * from groups where tenant_id = $1 order by id offset $2 limit 10) g
       join users u on u.tenant_id = $1`,
      [tenantId, index],
    );
}, 120_000);
afterAll(async () => {
  await db.close();
  await database.close();
});

const firstPage = (count: number) => ({ kind: "index", startIndex: 1, count }) as const;
const ask = (count: number, members: boolean) =>
  listGroups({ db }, scope, {
    filter: null,
    sort: null,
    page: firstPage(count),
    schema: groupSchema,
    baseUrl: null,
    members,
  });

describe("groups with very many members", () => {
  it("V45: a page that would hold more than 200,000 is refused and says what to do", async () => {
    await expect(ask(groups, true)).rejects.toMatchObject({
      status: 400,
      scimType: "tooMany",
      message: expect.stringContaining("excludedAttributes=members"),
    });
  });

  it("a smaller page, and one without members, are served", async () => {
    const small = await ask(2, true);
    expect(small.groups.map(({ members }) => members?.length)).toEqual([people, people]);

    const bare = await ask(groups, false);
    expect([bare.total, new Set(bare.groups.map(({ members }) => members))]).toEqual([groups, new Set([null])]);
  });

  it("a list of users and groups keeps to the same bound", async () => {
    const kinds = [
      { schema: userSchema, filter: null },
      { schema: groupSchema, filter: null },
    ];
    const all = (members: boolean) =>
      listResources({ db }, scope, { kinds, page: firstPage(people + groups), baseUrl: null, members });

    await expect(all(true)).rejects.toMatchObject({ scimType: "tooMany" });
    expect((await all(false)).resources).toHaveLength(people + groups);
  });
});
