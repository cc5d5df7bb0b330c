import { type Database, openDatabase } from "@muster/store";
import { groupBody, userBody, userNameOf } from "../load/scim-request.ts";
import { type AdminClient, textOf } from "./admin-client.ts";
import type { ApiProcess } from "./api-process.ts";
import { type OnboardedTenant, onboardTenant, putRules, registerApp } from "./onboard.ts";
import type { SampleAppProcess } from "./sample-app.ts";
import { askScim } from "./scim-client.ts";

/** A directory with as many people as one likes, all of them in one group that the connection's rules name. */
export type SeededDirectory = OnboardedTenant & {
  /** How many it was made with; their indexes start at 0. */
  people: number;
  /** The group of all of them. */
  groupId: string;
  /** Adds people that nobody has touched yet and gives the index of the first. */
  add(input: { count: number; inGroup: boolean }): Promise<number>;
};

export type Seeder = { open(people: number): Promise<SeededDirectory>; close(): Promise<void> };

type SeederStage = { api: ApiProcess; admin: AdminClient; app: SampleAppProcess };

const TEMPLATE_KEY = "seeded-template";

/**
 * Every table with rows of one person, and the column that names the person. A row of the template is copied for each
 * person that is seeded, so what a column holds is what the product itself wrote there.
 */
const ROWS_OF_A_PERSON = [
  { table: "users", person: "id" },
  { table: "accounts", person: "user_id" },
] as const;
const MEMBERSHIP = { table: "memberships", person: "user_id" } as const;
const SEEDED_TABLES = [...ROWS_OF_A_PERSON, MEMBERSHIP].map(({ table }) => table);

/** Copied in one statement: large enough to be fast, small enough that its locks and memory stay bounded. */
const CHUNK = 50_000;

/** Ids look like the product's own, UUIDs that rise with time, and can be told from an index without asking. */
const FIRST_ID_MS = Date.UTC(2026, 0, 1);
const ID_END = "-7000-8000-5eeded000000";

/** The id of a seeded person. */
export function seededId(index: number): string {
  const time = (FIRST_ID_MS + index).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}${ID_END}`;
}

/** The userName of a seeded person. */
export const seededUserName = (index: number): string => userNameOf(seededKey(index));

const seededKey = (index: number): string => `seeded-${index}`;

/** The same two in SQL, of a row `n` with the time in hexadecimal. */
const SQL_KEY = "'seeded-' || i.n";
const SQL_ID = `substr(i.time, 1, 8) || '-' || substr(i.time, 9, 4) || '${ID_END}'`;

/** Makes directories of any size by SQL, as the owner of the product's database: a million requests would take an hour. */
export function createSeeder(stage: SeederStage, url: string): Seeder {
  const db = openDatabase({ url, maxConnections: 1, applicationName: "bench-seed" });
  return { open: (people) => openDirectory(stage, db, people), close: () => db.close() };
}

async function openDirectory(stage: SeederStage, db: Database, people: number): Promise<SeededDirectory> {
  const name = `Seeded ${people}`;
  const appId = await registerApp(stage.admin, name);
  const tenant = await onboardTenant(stage.admin, { name, appId, app: stage.app, paused: true });
  const body = userBody(TEMPLATE_KEY);
  const template = textOf(await askScim(stage, tenant.scim, { method: "POST", path: "/Users", body }), "id");
  const group = { method: "POST", path: "/Groups", body: groupBody("Everybody", [template]) } as const;
  const groupId = textOf(await askScim(stage, tenant.scim, group), "id");
  await putRules(stage.admin, tenant.connectionId, [groupId]);
  // The usual person has arrived in the app long ago.
  await db.pool.query(
    `update accounts set state = 'synced', due_at = null, applied_generation = desired_generation
    where tenant_id = $1 and user_id = $2`,
    [tenant.tenantId, template],
  );
  let next = 0;
  const add: SeededDirectory["add"] = async ({ count, inGroup }) => {
    const first = next;
    next += count;
    const tables = inGroup ? [...ROWS_OF_A_PERSON, MEMBERSHIP] : ROWS_OF_A_PERSON;
    await copyTemplate(db, { tenantId: tenant.tenantId, template, tables, first, count });
    return first;
  };
  await add({ count: people, inGroup: true });
  return { ...tenant, people, groupId, add };
}

async function copyTemplate(
  db: Database,
  input: {
    tenantId: string;
    template: string;
    tables: readonly { table: string; person: string }[];
    first: number;
    count: number;
  },
): Promise<void> {
  const client = await db.pool.connect();
  await client.query("set statement_timeout = 0");
  const end = input.first + input.count;
  for (let from = input.first; from < end; from += CHUNK) {
    for (const { table, person } of input.tables) {
      await client.query(
        `insert into ${table}
        select copied.* from ${table} t
        cross join lateral (select n, lpad(to_hex($4::bigint + n), 12, '0') as time from generate_series($5::bigint, $6::bigint) n) i
        cross join lateral jsonb_populate_record(null::${table},
          replace(replace(to_jsonb(t)::text, $3::text, ${SQL_KEY}), $2::text, ${SQL_ID})::jsonb) copied
        where t.tenant_id = $1 and t.${person} = $2::text::uuid`,
        [input.tenantId, input.template, TEMPLATE_KEY, FIRST_ID_MS, from, Math.min(from + CHUNK, end) - 1],
      );
    }
  }
  // What autovacuum would do in a while, and what a checkpoint would do in the midst of a measurement.
  await client.query(`vacuum (analyze) ${SEEDED_TABLES.join(", ")}`);
  await client.query("checkpoint");
  client.release();
}
