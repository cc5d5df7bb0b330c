import { randomBytes } from "node:crypto";
import { createKeyring, type Keyring } from "@muster/credentials";
import { type Database, openDatabase } from "@muster/store";
import { createTestDatabase } from "@muster/testkit";

export type LabDatabase = {
  url: string;
  db: Database;
  keyring: Keyring;
  /** To be called in the end, once: empties it for the next lab. */
  giveBack(): Promise<void>;
};

/**
 * Labs mostly come one after the other. A database of its own for each would have to be cloned, connected to, and told every statement
 * anew, which takes longer than most tests; so one is emptied and used again, from file to file, until the process ends. The run drops it.
 */
let spare: LabDatabase | undefined;

/** Takes the process's database, or another one where a lab is open already. */
export async function takeLabDatabase(): Promise<LabDatabase> {
  const taken = spare;
  spare = undefined;
  return taken ?? (await openLabDatabase());
}

async function openLabDatabase(): Promise<LabDatabase> {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, maxConnections: 8, applicationName: "lane-lab" });
  const lab: LabDatabase = {
    url: database.url,
    db,
    keyring: createKeyring(randomBytes(32)),
    async giveBack() {
      const isEmpty = await empty(db);
      if (isEmpty && spare === undefined) {
        spare = lab;
        return;
      }
      await db.close();
      await database.close();
    },
  };
  return lab;
}

// Without triggers, which would keep or tell of what goes, and which is how foreign keys are looked after.
const EMPTY = `
do $$
declare name text;
begin
  set local session_replication_role = replica;
  for name in select tablename from pg_tables where schemaname = 'public' and tablename <> all (array['credential_epoch', 'migrations']) loop
    execute format('delete from %I', name);
  end loop;
end
$$`;

const INSUFFICIENT_PRIVILEGE = "42501";

/** Deletes every row but those that the migrations made; false when the tests' role may not. */
async function empty(db: Database): Promise<boolean> {
  try {
    await db.pool.query(EMPTY);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}
