import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { userBody } from "../load/scim-request.ts";

const run = promisify(execFile);

/** The tables of the limit: a person and the note that something changed, with the indexes that any gateway needs. */
export const LIMIT_TABLES = `
drop table if exists limit_people, limit_changes;
create table limit_people (
  tenant_id integer not null, id uuid not null default gen_random_uuid(), user_name text not null, external_id text,
  active boolean not null default true, version integer not null default 1, created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(), attributes jsonb not null, primary key (tenant_id, id));
create unique index on limit_people (tenant_id, lower(user_name));
create index on limit_people (tenant_id, external_id);
create table limit_changes (
  seq bigint generated always as identity primary key, tenant_id integer not null, app_id integer not null,
  user_id uuid not null, operation text not null, version integer not null, created_at timestamptz not null default now())`;

export const INSERT_PERSON =
  "insert into limit_people (tenant_id, user_name, external_id, attributes) values ($1, $2, $3, $4) returning id";
export const INSERT_CHANGE =
  "insert into limit_changes (tenant_id, app_id, user_id, operation, version) values ($1, 1, gen_random_uuid(), 'create', 1)";

/** One durable create, the plain way: two rows, one transaction, four round trips. */
const SCRIPT = `
\\set tenant random(1, 100)
\\set a random(1, 1000000000)
\\set b random(1, 1000000000)
begin;
insert into limit_people (tenant_id, user_name, external_id, attributes)
  values (:tenant::int, :a::int || '-' || :b::int || '@people.example.com', 'idp-' || :a::int, :attributes::jsonb) returning id;
insert into limit_changes (tenant_id, app_id, user_id, operation, version)
  values (:tenant::int, 1, gen_random_uuid(), 'create', 1);
commit;
`;

/** Runs pgbench on that transaction with prepared statements, and gives creates a second. */
export async function runPgbench(input: {
  pgbench: string;
  url: string;
  clients: number;
  seconds: number;
  folder: string;
}): Promise<number> {
  const script = `${input.folder}/limit.pgbench`;
  await writeFile(script, SCRIPT);
  const { stdout } = await run(input.pgbench, [
    ...["--no-vacuum", "--protocol=prepared", `--client=${input.clients}`, `--jobs=${Math.min(2, input.clients)}`],
    // As a variable: in the script itself pgbench would take the colons in it for variables.
    ...[`--define=attributes=${userBody("limit")}`, `--time=${input.seconds}`, `--file=${script}`, input.url],
  ]);
  const perSecond = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
  if (perSecond === undefined) throw new Error(`pgbench gave no rate: ${stdout}`);
  return Number(perSecond);
}
