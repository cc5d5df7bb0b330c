import { createTestDatabase } from "@muster/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** House trap 1: these are read before a tenant is known, hold ids and times only, and stand outside row-level security. */
const BEFORE_TENANT = [
  "api_keys",
  "credential_epoch",
  "directory_rhythms",
  "directory_tokens",
  "event_streams",
  "lane_marks",
  "lanes",
  "members",
  "migrations",
  "portal_links",
  "sessions",
  "sign_ins",
  "undo_turns",
  "webhook_lanes",
  "workspaces",
];
/** Of a workspace: their walls and keys are the workspace's. */
const OF_WORKSPACE = [
  "app_mapping_versions",
  "app_mappings",
  "app_roles",
  "apps",
  "branding",
  "member_profiles",
  "tenants",
  "webhooks",
  "workspace_audit",
];

/** Columns of a connection that no person sets: what it is, what became of it, and what follows from other rows. */
const NOT_SET_BY_PEOPLE = [
  "awaits_people",
  "created_at",
  "directory_id",
  "id",
  "key_id",
  "last_attempt_at",
  "learned_rate",
  "rate_learned_at",
  "reaches_everyone",
  "rules_read_names",
  "scope_reads_names",
  // Told as "credential", without what it is.
  "sealed_auth",
  // Told as events of their own.
  "state",
  "state_reason",
  "tenant_id",
  "workspace_id",
];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.close();
});

async function rows<Row extends object>(text: string): Promise<Row[]> {
  return (await client.query<Row>(text)).rows;
}

describe("the catalogue", () => {
  it("V88: every table is walled by its tenant or workspace, enabled and forced, or is one of the few that may not be", async () => {
    const tables = await rows<{ name: string; walled: boolean; policy: string | null }>(`
      select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as walled,
        (select string_agg(policyname, ',') from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname) as policy
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`);

    const open = tables.filter((table) => !table.walled).map((table) => table.name);
    const walls = new Map(tables.filter((table) => table.walled).map((table) => [table.name, table.policy]));

    expect(open).toEqual(BEFORE_TENANT);
    for (const [name, policy] of walls)
      expect(`${name}: ${policy}`).toBe(`${name}: ${OF_WORKSPACE.includes(name) ? "workspace" : "tenant"}`);
  });

  it("V14: every key and unique index of a tenant's table starts with tenant_id, of a workspace's with workspace_id", async () => {
    const indexes = await rows<{ table: string; index: string; first: string }>(`
      select c.relname as table, i.relname as index, a.attname as first
      from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
      join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
      where x.indisunique and c.relnamespace = 'public'::regnamespace`);

    const wrong = indexes
      .filter((index) => !BEFORE_TENANT.includes(index.table))
      .filter((index) => index.first !== (OF_WORKSPACE.includes(index.table) ? "workspace_id" : "tenant_id"));

    expect(wrong).toEqual([]);
    expect(indexes.length).toBeGreaterThan(20);
  });

  it("gives every foreign key an index that leads with its columns, so that no delete scans a table", async () => {
    const missing = await rows<{ key: string }>(`
      select o.conrelid::regclass || '.' || o.conname as key from pg_constraint o
      where o.contype = 'f' and o.connamespace = 'public'::regnamespace and o.confrelid not in ('workspaces'::regclass, 'directories'::regclass, 'apps'::regclass)
        and not exists (
          select 1 from pg_index x where x.indrelid = o.conrelid
            and (select array_agg(k order by k) from unnest(o.conkey) k)
              = (select array_agg(k order by k) from unnest((x.indkey::int2[])[0:cardinality(o.conkey) - 1]) k))`);

    expect(missing).toEqual([]);
  });

  it("V88: requests run as a role that owns nothing and cannot bypass the walls", async () => {
    const [role] = await rows(`select rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname = 'muster_app'`);

    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcanlogin: false });
  });

  it("L1: every column of a connection that a person sets is told when it changes", async () => {
    const columns = await rows<{ name: string }>(
      "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = 'connections' order by 1",
    );
    const [told] = await rows<{ source: string }>(
      "select prosrc as source from pg_proc where proname = 'muster_told_connection'",
    );
    const untold = columns
      .map(({ name }) => name)
      .filter((name) => !new RegExp(`told\\.${name}\\b`).test(told?.source ?? ""));

    expect(untold).toEqual(NOT_SET_BY_PEOPLE);
  });

  it("lets nobody change or remove an audit row", async () => {
    const grants = await rows<{ grant: string }>(`
      select lower(privilege_type) as grant from information_schema.role_table_grants
      where grantee = 'muster_app' and table_name in ('audit', 'workspace_audit') group by 1 order by 1`);

    expect(grants.map((row) => row.grant)).toEqual(["insert", "select"]);
  });
});
