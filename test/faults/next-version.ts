import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyTree } from "./copy-tree.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MIGRATIONS = "packages/store/src/migrations";
export const NEXT_FILE = "9001-next-version.sql";

/**
 * A migration as the next version may bring one: every table that requests and workers use all the time gets a column, one of
 * them an index, and what is there is filled in.
 */
const NEXT = `
alter table users add column next_version_note text not null default '';
alter table accounts add column next_version_rank integer not null default 0;
alter table lanes add column next_version_turn bigint not null default 0;
alter table connections add column next_version_mode text;
alter table memberships add column next_version_since timestamptz not null default now();
create index next_version_notes on users (tenant_id, next_version_note) where next_version_note <> '';
update connections set next_version_mode = 'plain';`;

/** The migrations of this version and one more. */
export async function nextMigrations(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "muster-migrations-"));
  await cp(join(ROOT, MIGRATIONS), folder, { recursive: true });
  await writeFile(join(folder, NEXT_FILE), NEXT);
  return folder;
}

/** A whole copy of the project as its next version: with that migration, and with jobs that say more than this version knows. */
export async function copyNextVersion(): Promise<{ folder: string; remove(): Promise<void> }> {
  const copy = await copyTree(ROOT);
  await writeFile(join(copy.folder, MIGRATIONS, NEXT_FILE), NEXT);
  const job = join(copy.folder, "packages/queue/src/lane-job.ts");
  const known = "data: { tenantId: lane.tenantId, connectionId: lane.connectionId }";
  const text = await readFile(job, "utf8");
  if (!text.includes(known)) throw new Error("lane-job.ts makes its jobs in another way now");
  await writeFile(
    job,
    text.replace(known, known.replace(" }", ', hint: { version: 2, why: ["next"] }, tenant_id: null }')),
  );
  return copy;
}
