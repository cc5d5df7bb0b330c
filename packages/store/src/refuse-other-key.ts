import { SettingsError } from "@muster/runtime";
import { type Database, inSystem, type NamedStatement } from "./database.ts";

const IS_KNOWN: NamedStatement<{ known: boolean }> = {
  name: "is-known-pepper",
  text: "select coalesce(bool_or(pepper_id = any($1)), true) as known from api_keys",
};

/**
 * Refuses an encryption key that is well formed and not the one that this database was set up with, at the start and not when
 * no token is known any more and no credential opens (F61). A database is known by its API keys, revoked ones too: one made under the
 * new key says that somebody means it.
 *
 * @param key the ids of the peppers that follow from the encryption keys, and the setting that the first is from
 * @throws {SettingsError}
 */
export async function refuseOtherKey(
  db: Database,
  key: { pepperIds: readonly string[]; setting: string },
): Promise<void> {
  const [row] = await inSystem(db, (tx) => tx.last.named(IS_KNOWN, [key.pepperIds]));
  if (row?.known !== false) return;
  throw new SettingsError([
    {
      name: key.setting,
      is: "another key than this database was set up with",
      rule: "Tokens and credentials in the database can only be read with the key that they were sealed with",
      fix: "Put that key back, or among MUSTER_OTHER_ENCRYPTION_KEYS if this one is to follow it; or let DATABASE_URL lead to the right database; if the key is lost, run npm run api-key with the new one and issue all tokens and credentials anew",
    },
  ]);
}
