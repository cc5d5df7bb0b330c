import { uuidV7 } from "@muster/runtime";
import type { Page, Sort } from "@muster/scim";
import { type Attributes, foldCase, groupSchema, parseFilter, type UserState, userSchema } from "@muster/scim";
import { createTestDatabase } from "@muster/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, inTenant, openDatabase } from "./database.ts";
import { fillDirectory, type PeopleOfDirectory } from "./fixtures/people-of-directory.ts";
import { deleteUser, insertUsers } from "./index.ts";
import { listResources } from "./list-resources.ts";
import type { ListRequest, NextPlace } from "./list-types.ts";
import { listGroups, listUsers } from "./people-lists.ts";

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

const person = (userName: string, attributes: Attributes = {}, active = true): UserState => ({
  userName,
  externalId: null,
  active,
  attributes,
});
const everybody = { filter: null, sort: null, schema: userSchema, baseUrl: null };
const byPosition = (startIndex: number, count: number): Page => ({ kind: "index", startIndex, count });
const byCursor = (next: NextPlace, count: number): Page => ({
  kind: "cursor",
  cursor: next === null ? null : { ...next, query: "" },
  count,
});
const sortBy = (path: Sort["path"], more: Partial<Sort> = {}): Sort => ({
  path,
  type: "string",
  caseExact: false,
  multiValued: false,
  order: "ascending",
  ...more,
});

async function list(at: PeopleOfDirectory, page: Page, more: Partial<ListRequest> = {}) {
  const { tenantId, directoryId } = at;
  return await inTenant(db, tenantId, (tx) => listUsers(tx, tenantId, { ...everybody, ...more, directoryId, page }));
}

/** Walks to the end by cursor; `between` is called after every page. */
async function walk(
  at: PeopleOfDirectory,
  count: number,
  { more = {}, between }: { more?: Partial<ListRequest>; between?: () => Promise<void> } = {},
): Promise<{ names: string[]; totals: number[] }> {
  const [names, totals]: [string[], number[]] = [[], []];
  let next: NextPlace = null;
  do {
    const found: Awaited<ReturnType<typeof list>> = await list(at, byCursor(next, count), more);
    names.push(...found.records.map(({ user }) => user.userName));
    totals.push(found.total);
    next = found.next;
    await between?.();
  } while (next !== null);
  return { names, totals };
}

describe("sorting (RFC 7644 section 3.4.2.3)", () => {
  const people = [
    person("dora", { title: "B", emails: [{ value: "z@x" }, { value: "A@x", primary: true }] }),
    person("Carl", { title: "a", emails: [{ value: "c@x" }, { value: "a@x" }] }),
    person("anna", { emails: [{ value: "B@x" }] }, false),
    person("Émile", { title: "a" }),
  ];
  let at: PeopleOfDirectory;
  beforeAll(async () => {
    at = await fillDirectory(db, { users: people });
  });

  it.each<[string, Sort | null, string[]]>([
    ["by arrival without sortBy", null, ["dora", "Carl", "anna", "Émile"]],
    ["by userName without case", sortBy({ name: "userName" }), ["anna", "Carl", "dora", "Émile"]],
    ["backwards", sortBy({ name: "userName" }, { order: "descending" }), ["Émile", "dora", "Carl", "anna"]],
    ["without a value last, ties by id", sortBy({ name: "title" }), ["Carl", "Émile", "dora", "anna"]],
    [
      "without a value first when descending",
      sortBy({ name: "title" }, { order: "descending" }),
      ["anna", "dora", "Carl", "Émile"],
    ],
    [
      "by the primary or first of several",
      sortBy({ name: "emails", sub: "value" }, { multiValued: true }),
      ["dora", "anna", "Carl", "Émile"],
    ],
    ["false before true", sortBy({ name: "active" }, { type: "boolean" }), ["anna", "dora", "Carl", "Émile"]],
    [
      "by when they were made",
      sortBy({ name: "meta", sub: "created" }, { type: "dateTime" }),
      ["dora", "Carl", "anna", "Émile"],
    ],
  ])("%s, and by cursor as by position", async (_name, sort, names) => {
    const { records } = await list(at, byPosition(1, 100), { sort });
    expect(records.map(({ user }) => user.userName)).toEqual(names);

    const pages = [];
    for (let startIndex = 1; startIndex <= 4; startIndex += 1)
      pages.push(...(await list(at, byPosition(startIndex, 1), { sort })).records.map(({ user }) => user.userName));
    expect(pages).toEqual(names);
    for (const count of [1, 2, 3]) expect((await walk(at, count, { more: { sort } })).names).toEqual(names);
  });
});

describe("pages", () => {
  it("V13: by position or by cursor, of any size, under any filter and order, are everybody who passes, once", async () => {
    const titles = fc.option(fc.constantFrom("a", "B", "b", "é"), { nil: undefined });
    const users = fc.uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom("a", "B", "é", "_") }),
        title: titles,
      }),
      {
        selector: ({ name }) => foldCase(name),
        minLength: 1,
        maxLength: 12,
      },
    );
    const sorts = fc.constantFrom<Sort | null>(
      null,
      sortBy({ name: "userName" }, { order: "descending" }),
      sortBy({ name: "title" }),
      sortBy({ name: "title" }, { order: "descending" }),
    );
    const filters = fc.constantFrom(null, "title pr", 'userName co "a"', 'userName sw "a" or userName sw "B"');
    await fc.assert(
      fc.asyncProperty(users, sorts, filters, fc.integer({ min: 1, max: 5 }), async (made, sort, text, count) => {
        const at = await fillDirectory(db, {
          users: made.map(({ name, title }) => person(name, title === undefined ? {} : { title })),
        });
        const more = { sort, filter: text === null ? null : parseFilter(text, "User") };
        const whole = await list(at, byPosition(1, 100), more);
        const names = whole.records.map(({ user }) => user.userName);

        const pages: string[] = [];
        for (let startIndex = 1; startIndex <= whole.total; startIndex += count)
          pages.push(...(await list(at, byPosition(startIndex, count), more)).records.map(({ user }) => user.userName));
        const walked = await walk(at, count, { more });

        expect(names).toHaveLength(whole.total);
        expect(pages).toEqual(names);
        expect(walked.names).toEqual(names);
        expect(new Set(walked.totals)).toEqual(new Set([whole.total]));
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it("V13: by cursor while others write are whoever is there throughout once, nobody twice, nobody who came later", async () => {
    const stay = Array.from({ length: 60 }, (_, index) => `stay${index}`);
    const leave = Array.from({ length: 40 }, (_, index) => `leave${index}`);
    const mixed = stay.flatMap((name, index) => (leave[index] === undefined ? [name] : [name, leave[index]]));
    const at = await fillDirectory(db, { users: mixed.map((name) => person(name)) });
    const { tenantId, directoryId } = at;
    const ids = new Map(mixed.map((name, index) => [name, at.userIds[index] ?? ""]));
    const going = [...leave].reverse();
    let arrived = 0;
    const gone = new Map<string, number>();
    let page = 0;

    const { names, totals } = await walk(at, 7, {
      between: async () => {
        page += 1;
        const writes = Array.from({ length: 3 }, async () => {
          const name = going.pop();
          if (name === undefined) return;
          await inTenant(db, tenantId, (tx) =>
            deleteUser(tx, tenantId, { directoryId, id: ids.get(name) ?? "", actor: "test" }),
          );
          gone.set(name, page);
        });
        arrived += 1;
        const user = { id: uuidV7(), directoryId, user: person(`late${arrived}`), actor: "test" as const };
        writes.push(inTenant(db, tenantId, (tx) => insertUsers(tx, tenantId, [user])).then(() => undefined));
        await Promise.all(writes);
      },
    });

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith("stay"))).toEqual(stay);
    expect(names.filter((name) => name.startsWith("late"))).toEqual([]);
    for (const [index, name] of names.entries()) {
      const deletedAfter = gone.get(name) ?? Number.POSITIVE_INFINITY;
      expect([name, deletedAfter > Math.floor(index / 7)]).toEqual([name, true]);
    }
    expect(new Set(totals)).toEqual(new Set([100]));
    expect(arrived).toBeGreaterThan(5);
  });

  it.each<[string, Partial<NonNullable<NextPlace>>]>([
    ["an id that is none", { after: "x" }],
    ["an end that is none", { until: "'; drop table users; --" }],
    ["a total that is no number", { total: Number.NaN }],
    ["a value that is no number", { value: "ten" }],
  ])("a cursor with %s is 400 invalidCursor and never reaches the database", async (_name, broken) => {
    const at = await fillDirectory(db, { users: [person("ann")] });
    const cursor = { after: uuidV7(), value: null, until: uuidV7(), total: 1, ...broken };
    const sort = sortBy({ name: "active" }, { type: "boolean" });

    await expect(list(at, byCursor(cursor, 10), { sort })).rejects.toMatchObject({ scimType: "invalidCursor" });
  });
});

describe("look-ups", () => {
  it("find every person with an externalId, which need not be one alone, and page them as any other list", async () => {
    const users = ["a", "b", "c"].map((name) => ({ ...person(name), externalId: "same" }));
    const at = await fillDirectory(db, { users });
    const filter = parseFilter('externalId eq "same"', "User");

    const found = await list(at, byPosition(1, 2), { filter });
    expect([found.total, found.records.map(({ user }) => user.userName)]).toEqual([3, ["a", "b"]]);
    expect((await list(at, byPosition(3, 2), { filter })).records.map(({ user }) => user.userName)).toEqual(["c"]);
    expect(await list(at, byPosition(1, 0), { filter })).toMatchObject({ total: 3, records: [] });
    expect((await walk(at, 2, { more: { filter } })).names).toEqual(["a", "b", "c"]);
  });

  it("find a group by its name without case", async () => {
    const at = await fillDirectory(db, {
      users: [],
      groups: [{ group: { displayName: "Größe", externalId: "g", attributes: {} }, users: [], groups: [] }],
    });
    const { tenantId, directoryId } = at;
    for (const text of ['displayName eq "GRÖße"', 'externalId eq "g"']) {
      const request = {
        ...everybody,
        schema: groupSchema,
        filter: parseFilter(text, "Group"),
        page: byPosition(1, 10),
        directoryId,
      };
      const { total } = await inTenant(db, tenantId, (tx) => listGroups(tx, tenantId, request));
      expect([text, total]).toEqual([text, 1]);
    }
  });
});

describe("users and groups together (RFC 7644 section 3.4.2.1)", () => {
  it("V13: are one list with one total, by position and by cursor, whatever a filter leaves of either", async () => {
    const users = ["u0", "u1", "u2", "u3"].map((name) => person(name, { displayName: "Common" }));
    const groups = ["g0", "g1", "g2"].map((displayName) => ({
      group: { displayName, externalId: null, attributes: {} },
      users: [0],
      groups: [],
    }));
    const at = await fillDirectory(db, { users, groups });
    const { tenantId, directoryId } = at;
    const ask = (page: Page, kinds: Parameters<typeof listResources>[2]["kinds"]) =>
      inTenant(db, tenantId, (tx) => listResources(tx, tenantId, { directoryId, kinds, page, baseUrl: null }));
    const both = (text: string | null) =>
      [userSchema, groupSchema].map((schema) => ({
        schema,
        filter: text === null ? null : parseFilter(text, schema.resourceType),
      }));
    const all = [...at.userIds, ...at.groupIds].sort();

    const pages: string[] = [];
    for (let startIndex = 1; startIndex <= 7; startIndex += 3) {
      const { total, resources } = await ask(byPosition(startIndex, 3), both(null));
      expect(total).toBe(7);
      pages.push(...resources.map(({ record }) => record.id));
    }
    const walked: string[] = [];
    let next: NextPlace = null;
    do {
      const found: Awaited<ReturnType<typeof ask>> = await ask(byCursor(next, 2), both(null));
      walked.push(...found.resources.map(({ record }) => record.id));
      next = found.next;
    } while (next !== null);

    expect(pages).toEqual(all);
    expect(walked).toEqual(all);
    expect((await ask(byPosition(1, 10), both('displayName sw "g"'))).total).toBe(3);
    expect((await ask(byPosition(1, 10), both('displayName eq "common"'))).total).toBe(4);
    const onlyUsers = [
      { schema: userSchema, filter: parseFilter('userName eq "u1"', "User") },
      { schema: groupSchema, filter: "none" as const },
    ];
    expect((await ask(byPosition(1, 10), onlyUsers)).resources).toMatchObject([
      { kind: "User", record: { user: { userName: "u1" } } },
    ]);
    expect(await ask(byPosition(1, 10), [])).toEqual({ total: 0, resources: [], next: null });
  });
});
