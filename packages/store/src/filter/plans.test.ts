import type { Page, Sort } from "@muster/scim";
import { groupSchema, parseFilter, userSchema } from "@muster/scim";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, inTenant, openDatabase, type Statements } from "../database.ts";
import { fillLargeDirectory, type LargeDirectory } from "../fixtures/large-directory.ts";
import type { ListRequest } from "../list-types.ts";
import { listGroups, listUsers } from "../people-lists.ts";

type PlanNode = {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Heap Fetches"?: number;
  Plans?: PlanNode[];
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
let at: LargeDirectory;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 2, applicationName: "test" });
  at = await fillLargeDirectory(database.url, Number(process.env["PLAN_PEOPLE"] ?? 50_000));
}, 120_000);
afterAll(async () => {
  await db.close();
  await database.close();
});

/** Runs a list as a request does, behind the walls, and returns the plans of its statements as they went. */
async function plansOf(
  list: typeof listUsers | typeof listGroups,
  request: Omit<ListRequest, "directoryId" | "baseUrl">,
): Promise<PlanNode[]> {
  const plans: PlanNode[] = [];
  await inTenant(db, at.tenantId, async (tx) => {
    const explain = async (text: string, values: readonly unknown[]): Promise<void> => {
      const statement = { name: "", text: `explain (analyze, format json) ${text}` };
      const [row] = await tx.named<{ "QUERY PLAN": { Plan: PlanNode }[] }>(statement, values);
      const plan = row?.["QUERY PLAN"][0]?.Plan;
      if (plan !== undefined) plans.push(plan);
    };
    const watched: Statements = {
      sql: tx.sql,
      async run(statement) {
        const { sql, parameters } = statement.compile();
        await explain(sql, parameters);
        return await tx.run(statement);
      },
      async named(statement, values) {
        await explain(statement.text, values);
        return await tx.named(statement, values);
      },
    };
    await list(watched, at.tenantId, { ...request, directoryId: at.directoryId, baseUrl: null });
  });
  return plans;
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Rows that were looked at in tables and indexes, shown or not. */
function rowsRead(plans: PlanNode[]): number {
  return plans
    .flatMap(nodesOf)
    .filter((node) => node["Relation Name"] !== undefined)
    .reduce(
      (sum, node) => sum + (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"],
      0,
    );
}

const scansOf = (plans: PlanNode[]): string[] =>
  plans
    .flatMap(nodesOf)
    .filter((node) => node["Node Type"] === "Seq Scan")
    .map((node) => `${node["Node Type"]} on ${node["Relation Name"]}`);

const firstPage: Page = { kind: "index", startIndex: 1, count: 100 };
const walkBegins: Page = { kind: "cursor", cursor: null, count: 100 };
const told = (plans: PlanNode[]) =>
  JSON.stringify(
    plans,
    ["Node Type", "Relation Name", "Index Name", "Index Cond", "Filter", "Actual Rows", "Plans"],
    1,
  );

describe("an index finds", () => {
  it.each([
    'userName eq "USER777@example.com"',
    'userName sw "user777"',
    'externalId eq "X777"',
    'emails eq "mail777@example.com"',
    'emails.value eq "MAIL777@example.com"',
    'emails.value sw "mail777"',
    'emails[type eq "work"].value eq "mail777@example.com"',
    'emails[type eq "work" and value eq "mail777@example.com"]',
    'userName eq "user777@example.com" or emails.value eq "mail778@example.com"',
    'externalId eq "X777" or userName eq "user777@example.com" or userName eq "user778@example.com"',
    'userName eq "user777@example.com" and active eq true',
    'externalId eq "X777" and not (title eq "Title 1")',
    'id eq "USER"',
    'groups.value eq "GROUP"',
    'groups eq "GROUP"',
    'groups[value eq "GROUP" and display co "o"]',
    'active eq true and groups.value eq "GROUP"',
  ])("users by %s without looking at others (V45)", async (text) => {
    const filter = parseFilter(text.replace('USER"', `${at.userId}"`).replace("GROUP", at.groupId), "User");
    for (const page of [firstPage, walkBegins]) {
      const plans = await plansOf(listUsers, { filter, sort: null, page, schema: userSchema });

      expect(scansOf(plans), told(plans)).toEqual([]);
      expect(rowsRead(plans), told(plans)).toBeLessThan(1_500);
    }
  });

  it.each([
    'displayName eq "GROUP 77"',
    'displayName sw "group 77"',
    'externalId eq "G77"',
    'id eq "GROUP"',
    'members.value eq "USER"',
    'members eq "USER"',
    'members[value eq "USER"]',
    'members[value eq "USER" and type eq "User"]',
    'id eq "GROUP" and members eq "USER"',
    'displayName eq "group 77" or externalId eq "G78"',
  ])("groups by %s without looking at others (V45)", async (text) => {
    const filter = parseFilter(text.replace('USER"', `${at.userId}"`).replace('GROUP"', `${at.groupId}"`), "Group");
    const plans = await plansOf(listGroups, { filter, sort: null, page: firstPage, schema: groupSchema });

    expect(scansOf(plans), told(plans)).toEqual([]);
    expect(rowsRead(plans), told(plans)).toBeLessThan(500);
  });

  it("what cannot be found by an index is looked for among all, so this test can tell", async () => {
    const filter = parseFilter('title eq "Title 3"', "User");
    const plans = await plansOf(listUsers, { filter, sort: null, page: firstPage, schema: userSchema });

    expect(rowsRead(plans)).toBeGreaterThan(at.people);
  });
});

describe("an index orders", () => {
  const by = (name: string, order: Sort["order"]): Sort => ({
    path: { name },
    type: "string",
    caseExact: false,
    multiValued: false,
    order,
  });
  const shown = (plans: PlanNode[]) => plans.slice(1);

  it.each([
    ["id", null],
    ["id, last first", by("id", "descending")],
    ["userName", by("userName", "ascending")],
    ["userName, last first", by("userName", "descending")],
  ])(
    "users by %s: a page reads its own rows only, by position after the keys of those before it",
    async (_name, sort) => {
      const first = await plansOf(listUsers, { filter: null, sort, page: firstPage, schema: userSchema });
      expect(rowsRead(shown(first)), told(first)).toBeLessThan(500);

      const far = await plansOf(listUsers, {
        filter: null,
        sort,
        page: { ...firstPage, startIndex: at.people - 150 },
        schema: userSchema,
      });
      const skipping = shown(far)
        .flatMap(nodesOf)
        .filter((node) => node["Actual Rows"] > 1_000 && node["Relation Name"] === "users");
      expect(
        skipping.map((node) => [node["Node Type"], node["Heap Fetches"]]),
        told(far),
      ).toEqual([["Index Only Scan", 0]]);
    },
  );

  it.each([
    ["id", null],
    ["userName", by("userName", "ascending")],
    ["userName, last first", by("userName", "descending")],
  ])("a walk by cursor in the order of %s reads a page's own rows and counts nobody again", async (_name, sort) => {
    const [after, until] = await ends();
    const cursor = { after, value: sort === null ? null : "user25000@example.com", until, total: at.people, query: "" };
    const plans = await plansOf(listUsers, {
      filter: null,
      sort,
      page: { kind: "cursor", cursor, count: 100 },
      schema: userSchema,
    });

    expect(plans).toHaveLength(1);
    expect(rowsRead(plans), told(plans)).toBeLessThan(500);
  });

  it("counts everybody from the index alone", async () => {
    const [counting] = await plansOf(listUsers, { filter: null, sort: null, page: firstPage, schema: userSchema });

    const scans = counting === undefined ? [] : nodesOf(counting).filter((node) => node["Relation Name"] === "users");
    expect(scans.map((node) => [node["Node Type"], node["Index Name"], node["Heap Fetches"]])).toEqual([
      ["Index Only Scan", "users_page", 0],
    ]);
  });

  async function ends(): Promise<[string, string]> {
    const { rows } = await db.pool.query<{ id: string }>("select id from users where tenant_id = $1 order by id", [
      at.tenantId,
    ]);
    return [rows[Math.floor(at.people / 2)]?.id ?? "", rows.at(-1)?.id ?? ""];
  }
});
