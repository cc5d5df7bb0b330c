import { uuidV7 } from "@muster/runtime";
import type { UserState } from "@muster/scim";
import { type Database, inTenant, openDatabase } from "@muster/store";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCreateUser } from "./create-user.ts";
import type { DirectoryScope } from "./scope.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 4, applicationName: "test" });
});
afterAll(async () => {
  await db.close();
  await database.close();
});

async function openScope(): Promise<DirectoryScope> {
  const scope = { tenantId: uuidV7(), directoryId: uuidV7(), actor: "test" };
  await inTenant(db, scope.tenantId, (tx) =>
    tx.run(
      tx.sql
        .insertInto("directories")
        .values({ tenant_id: scope.tenantId, id: scope.directoryId, provider: "generic", name: "test" }),
    ),
  );
  return scope;
}

const user = (userName: string, attributes: UserState["attributes"] = {}): UserState => ({
  userName,
  externalId: null,
  active: true,
  attributes,
});

const namesOf = ({ tenantId }: DirectoryScope) =>
  inTenant(db, tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("users").select("user_name as name").orderBy("user_name")),
  ).then((rows) => rows.map((row) => row.name));

it("house trap 10: a row that the database refuses fails only its caller, in its own tenant and in others", async () => {
  const createUser = makeCreateUser({ db });
  const [one, two] = [await openScope(), await openScope()];

  // Postgres keeps no U+0000 in JSON; the parser refuses it long before, so it must be put in here.
  const made = await Promise.allSettled([
    createUser(one, user("ana")),
    createUser(one, user("bad", { title: "\u0000" })),
    createUser(two, user("ana")),
    createUser(one, user("cyd")),
    createUser(two, user("ben")),
  ]);

  expect(made.map((each) => each.status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
  expect(await namesOf(one)).toEqual(["ana", "cyd"]);
  expect(await namesOf(two)).toEqual(["ana", "ben"]);
});

it("V05: puts every row of a shared transaction into its own tenant and no other", async () => {
  const createUser = makeCreateUser({ db });
  const scopes = await Promise.all(Array.from({ length: 12 }, openScope));

  await Promise.all(
    scopes.flatMap((scope, index) => ["a", "b", "c"].map((name) => createUser(scope, user(`${name}-${index}`)))),
  );

  for (const [index, scope] of scopes.entries())
    expect(await namesOf(scope)).toEqual([`a-${index}`, `b-${index}`, `c-${index}`]);
});

it("V60: gives one of fifty creates of one userName a person and the others 409 uniqueness", async () => {
  const createUser = makeCreateUser({ db });
  const scope = await openScope();

  const made = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => createUser(scope, user(index % 2 === 0 ? "Ana" : "ANA"))),
  );

  const refused = made.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  expect(refused).toHaveLength(49);
  expect(refused.every((error) => error.status === 409 && error.scimType === "uniqueness")).toBe(true);
  expect(await namesOf(scope)).toHaveLength(1);
});
