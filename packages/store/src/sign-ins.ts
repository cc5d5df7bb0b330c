import { type Database, inSystem, type NamedStatement } from "./database.ts";
import type { WorkspaceId } from "./tables.ts";

/** A sign-in that is under way, as it is kept: nothing in it completes it. */
export type SignInRecord = {
  publicId: string;
  digest: Buffer;
  pepperId: string;
  /** Which one somebody wants to come into, by the address that they began at; null for the one that they used last. */
  workspaceId: WorkspaceId | null;
};

// Whoever was sent out ten minutes ago begins anew; so there are never more than ten minutes' worth.
const PURGE: NamedStatement<object> = {
  name: "purge-sign-ins",
  text: `
delete from sign_ins where public_id = any(array(
  select public_id from sign_ins where expires_at < now() order by expires_at limit 100))`,
};
const INSERT: NamedStatement<object> = {
  name: "insert-sign-in",
  text: `
insert into sign_ins (public_id, digest, pepper_id, workspace_id, expires_at)
values ($1, $2, $3, $4, now() + $5::float8 * interval '1 second')`,
};

/** Keeps a sign-in that was begun for `lifetimeS` seconds, and takes some that are over away. */
export async function insertSignIn(db: Database, signIn: SignInRecord, lifetimeS: number): Promise<void> {
  const { publicId, digest, pepperId, workspaceId } = signIn;
  await inSystem(db, async (tx) => {
    await tx.named(PURGE, []);
    await tx.last.named(INSERT, [publicId, digest, pepperId, workspaceId, lifetimeS]);
  });
}

const USE: NamedStatement<SignInRecord> = {
  name: "use-sign-in",
  text: `
update sign_ins set used_at = now() where public_id = $1 and used_at is null and expires_at > now()
returning public_id as "publicId", digest, pepper_id as "pepperId", workspace_id as "workspaceId"`,
};

/** Uses a sign-in up, once; undefined when it was used, is over, or never was. */
export async function useSignIn(db: Database, publicId: string): Promise<SignInRecord | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(USE, [publicId]));
  return row;
}
