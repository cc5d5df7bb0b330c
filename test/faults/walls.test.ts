import { uuidV7 } from "@muster/runtime";
import { groupSchema, userSchema } from "@muster/scim";
import {
  changeMembers,
  type Database,
  deleteGroup,
  deleteUser,
  getGroup,
  getPeople,
  getUser,
  insertDirectory,
  insertGroup,
  insertUsers,
  inTenant,
  listResources,
  listUsers,
  lockFreeUsers,
  lockGroup,
  lockUser,
  lookUpUsersOfTenants,
  openDatabase,
  pageGroups,
  pageMembers,
  pageUsers,
  readUsersOfTenants,
  type Tx,
} from "@muster/store";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const [tenantA, tenantB] = [uuidV7(), uuidV7()];
const [directoryId, userId, groupId] = [uuidV7(), uuidV7(), uuidV7()];
const target = { directoryId, id: userId, actor: "test" };
const page = { after: undefined, limit: 10 };
const firstPage = { kind: "index", startIndex: 1, count: 10 } as const;
const everybody = { filter: null, sort: null, page: firstPage, schema: userSchema, baseUrl: null };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

// The second wall is taken down, so that what is left is the tenant that every statement names.
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 2, applicationName: "walls" });
  await inTenant(db, tenantB, async (tx) => {
    await insertDirectory(tx, tenantB, { id: directoryId, provider: "generic", name: "B" });
    const user = { userName: "ana", externalId: "x-1", active: true, attributes: {} };
    await insertUsers(tx, tenantB, [{ id: userId, directoryId, user, actor: "test" }]);
    const group = { displayName: "Staff", externalId: null, attributes: {} };
    const made = await insertGroup(tx, tenantB, { id: groupId, directoryId, group, actor: "test" });
    await changeMembers(tx, tenantB, made, { replaceAll: false, add: [userId], remove: [] });
  });
  const { rows } = await db.pool.query<{ name: string }>("select relname as name from pg_class where relrowsecurity");
  for (const { name } of rows) await db.pool.query(`alter table ${name} disable row level security`);
});
afterAll(async () => {
  await db.close();
  await database.close();
});

/** What one tenant learns or changes when it asks for the ids of the other. */
const QUESTIONS: Record<string, (tx: Tx, tenantId: string) => Promise<unknown>> = {
  "reading a user": (tx, tenantId) => getUser(tx, tenantId, directoryId, userId),
  "reading users together": async (_, tenantId) =>
    (await readUsersOfTenants(db, [{ tenantId, questions: [{ directoryId, id: userId }] }]))[0]?.[0],
  "looking users up together": async (_, tenantId) => {
    const questions = [{ directoryId, key: "ana", limit: 1 }];
    return (await lookUpUsersOfTenants(db, "userName", [{ tenantId, questions }]))[0]?.[0]?.users[0];
  },
  "locking a user": (tx, tenantId) => lockUser(tx, tenantId, directoryId, userId),
  "listing users": async (tx, tenantId) => (await listUsers(tx, tenantId, { directoryId, ...everybody })).records[0],
  "listing users and groups": async (tx, tenantId) => {
    const kinds = [
      { schema: userSchema, filter: null },
      { schema: groupSchema, filter: null },
    ];
    return (await listResources(tx, tenantId, { directoryId, kinds, page: firstPage, baseUrl: null })).resources[0];
  },
  "locking users who are free": async (tx, tenantId) => (await lockFreeUsers(tx, tenantId, [userId]))[0],
  "paging users": async (tx, tenantId) => (await pageUsers(tx, tenantId, page))[0],
  "reading people for a push": async (tx, tenantId) =>
    (await getPeople(tx, { tenantId, connectionId: userId }, [userId], [groupId])).get(userId),
  "reading a group": (tx, tenantId) => getGroup(tx, tenantId, directoryId, groupId),
  "locking a group": (tx, tenantId) => lockGroup(tx, tenantId, directoryId, groupId),
  "paging groups": async (tx, tenantId) => (await pageGroups(tx, tenantId, page))[0],
  "paging members": async (tx, tenantId) => (await pageMembers(tx, tenantId, { groupId, ...page }))[0],
  "deleting a group": (tx, tenantId) => deleteGroup(tx, tenantId, { ...target, id: groupId }),
  "deleting a user": (tx, tenantId) => deleteUser(tx, tenantId, target),
};

describe("the first wall alone", () => {
  it.each(Object.keys(QUESTIONS))(
    "V05: %s of another tenant finds nothing, even without row-level security",
    async (name) => {
      const ask = (tenantId: string) =>
        inTenant(db, tenantA, (tx) => QUESTIONS[name]?.(tx, tenantId) ?? Promise.reject(new Error(name)));

      expect(await ask(tenantA)).toBeUndefined();
      // The question finds the row when its own tenant asks: the answer before was no accident.
      expect(await ask(tenantB)).toBeDefined();
    },
  );
});

describe("a connection to the database", () => {
  it("V90: is not used again when it could not be brought out of its transaction", async () => {
    const single = openDatabase({ url: database.url, maxConnections: 1, applicationName: "walls" });
    const pids: unknown[] = [];
    const readPid = (tx: Tx) => tx.named<{ pid: number }>({ name: "pid", text: "select pg_backend_pid() as pid" }, []);
    single.pool.once("acquire", (client) => {
      const query = client.query.bind(client);
      const failing = (first: unknown) =>
        first === "rollback" ? Promise.reject(new Error("lost")) : query(...([first] as Parameters<typeof query>));
      Object.assign(client, { query: failing });
    });
    await inTenant(single, tenantA, async (tx) => {
      pids.push(...(await readPid(tx)));
      await tx.named({ name: "fails", text: "select 1 / 0" }, []);
    }).catch((error: unknown) => pids.push(error));
    const after = await inTenant(single, tenantA, readPid);
    await single.close();

    expect(pids).toEqual([{ pid: expect.any(Number) }, expect.any(Error)]);
    expect(pids).not.toContainEqual(after[0]);
  });
});
