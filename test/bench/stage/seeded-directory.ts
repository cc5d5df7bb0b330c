import { type Database, openDatabase } from "@muster/store";
import { groupBody, type ScimTarget, userBody, userNameOf } from "../load/scim-request.ts";
import { type AdminClient, textOf } from "./admin-client.ts";
import type { ApiProcess } from "./api-process.ts";
import {
  type ConnectInput,
  type OnboardedDirectory,
  type OnboardedTenant,
  onboardDirectory,
  onboardTenant,
  putRules,
  registerApp,
} from "./onboard.ts";
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

/** People that no app is to have yet. */
export type SeededPeople = OnboardedDirectory & { people: number };

/** A paused lane in which an account of everybody waits to be made. */
export type SeededBacklog = OnboardedTenant & { people: number };

export type Seeder = {
  open(people: number): Promise<SeededDirectory>;
  /** A directory that is connected to nothing. */
  people(people: number): Promise<SeededPeople>;
  /** So many tenants, all of whose people wait. */
  backlogs(
    input: Omit<ConnectInput, "paused"> & { name: string; lanes: number; people: number },
  ): Promise<SeededBacklog[]>;
  close(): Promise<void>;
};

type SeederStage = { api: ApiProcess; admin: AdminClient; app: SampleAppProcess };

const templateKey = (series: number): string => `${keyStart(series)}template`;

/**
 * Every table with rows of one person, and the column that names the person. A row of the template is copied for each
 * person that is seeded, so what a column holds is what the product itself wrote there.
 */
const PERSON = { table: "users", person: "id" } as const;
const ROWS_OF_A_PERSON = [PERSON, { table: "accounts", person: "user_id" }] as const;
const MEMBERSHIP = { table: "memberships", person: "user_id" } as const;
const SEEDED_TABLES = [...ROWS_OF_A_PERSON, MEMBERSHIP].map(({ table }) => table);

/** Copied in one statement: large enough to be fast, small enough that its locks and memory stay bounded. */
const CHUNK = 50_000;

/** Ids look like the product's own, UUIDs that rise with time, and can be told from an index without asking. */
const FIRST_ID_MS = Date.UTC(2026, 0, 1);
const idEnd = (series: number): string => `-7000-8000-5eeded${series.toString(16).padStart(6, "0")}`;

/** The id of a person of a `SeededDirectory`. */
export function seededId(index: number): string {
  const time = (FIRST_ID_MS + index).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}${idEnd(FIRST_SERIES)}`;
}

/** The userName of a person of a `SeededDirectory`. */
export const seededUserName = (index: number): string => userNameOf(keyStart(FIRST_SERIES) + index);

/** Directories whose people go to the same app must not share ids or names. Those that are pushed nowhere are all of this one. */
const FIRST_SERIES = 0;
const keyStart = (series: number): string => `seeded-${series}-`;

/** Makes directories of any size by SQL, as the owner of the product's database: a million requests would take an hour. */
export function createSeeder(stage: SeederStage, url: string): Seeder {
  const db = openDatabase({ url, maxConnections: 1, applicationName: "bench-seed" });
  let series = FIRST_SERIES;
  return {
    open: (people) => openDirectory(stage, db, people),
    async people(people) {
      const directory = await onboardDirectory(stage.admin, `Unconnected ${people}`);
      series += 1;
      const seeding = { ...directory, series, template: await makeTemplate(stage, directory.scim, series) };
      await copyTemplate(db, { ...seeding, tables: [PERSON], first: 0, count: people - 1 });
      await tidy(db);
      return { ...directory, people };
    },
    async backlogs({ lanes, people, name, ...input }) {
      const backlogs: SeededBacklog[] = [];
      for (let lane = 0; lane < lanes; lane += 1) {
        const tenant = await onboardTenant(stage.admin, { ...input, name: `${name} ${lane}`, paused: true });
        // As if it had been worked on while nobody was there: later, every account would be looked at twice.
        await db.pool.query("delete from expansions where tenant_id = $1", [tenant.tenantId]);
        series += 1;
        const seeding = { ...tenant, series, template: await makeTemplate(stage, tenant.scim, series) };
        await copyTemplate(db, { ...seeding, tables: ROWS_OF_A_PERSON, first: 0, count: people - 1 });
        backlogs.push({ ...tenant, people });
      }
      await tidy(db);
      return backlogs;
    },
    close: () => db.close(),
  };
}

async function makeTemplate(stage: SeederStage, scim: ScimTarget, series: number): Promise<string> {
  return textOf(
    await askScim(stage, scim, { method: "POST", path: "/Users", body: userBody(templateKey(series)) }),
    "id",
  );
}

async function openDirectory(stage: SeederStage, db: Database, people: number): Promise<SeededDirectory> {
  const name = `Seeded ${people}`;
  const appId = await registerApp(stage.admin, name);
  const tenant = await onboardTenant(stage.admin, { name, appId, app: stage.app, paused: true });
  const template = await makeTemplate(stage, tenant.scim, FIRST_SERIES);
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
    await copyTemplate(db, { tenantId: tenant.tenantId, series: FIRST_SERIES, template, tables, first, count });
    await tidy(db);
    return first;
  };
  await add({ count: people, inGroup: true });
  return { ...tenant, people, groupId, add };
}

async function copyTemplate(
  db: Database,
  input: {
    tenantId: string;
    series: number;
    template: string;
    tables: readonly { table: string; person: string }[];
    first: number;
    count: number;
  },
): Promise<void> {
  const { series } = input;
  const client = await db.pool.connect();
  await client.query("set statement_timeout = 0");
  const end = input.first + input.count;
  for (let from = input.first; from < end; from += CHUNK) {
    for (const { table, person } of input.tables) {
      await client.query(
        `insert into ${table}
        select copied.* from ${table} t
        cross join lateral (select n, lpad(to_hex($4::bigint + n), 12, '0') as time from generate_series($5::bigint, $6::bigint) n) i
        cross join lateral jsonb_populate_record(null::${table}, replace(replace(to_jsonb(t)::text, $3::text, $7::text || i.n),
          $2::text, substr(i.time, 1, 8) || '-' || substr(i.time, 9, 4) || $8::text)::jsonb) copied
        where t.tenant_id = $1 and t.${person} = $2::text::uuid`,
        [
          ...[input.tenantId, input.template, templateKey(series), FIRST_ID_MS, from, Math.min(from + CHUNK, end) - 1],
          ...[keyStart(series), idEnd(series)],
        ],
      );
    }
  }
  client.release();
}

/** What autovacuum would do in a while, and what a checkpoint would do in the midst of a measurement. */
async function tidy(db: Database): Promise<void> {
  const client = await db.pool.connect();
  await client.query("set statement_timeout = 0");
  await client.query(`vacuum (analyze) ${SEEDED_TABLES.join(", ")}`);
  await client.query("checkpoint");
  client.release();
}
