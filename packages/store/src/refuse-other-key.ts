import { SettingsError } from "@muster/runtime";
import { type Database, inSystem, type NamedStatement } from "./database.ts";

const IS_KNOWN: NamedStatement<{ known: boolean }> = {
  name: "is-known-pepper",
  text: "select coalesce(bool_or(pepper_id = $1), true) as known from api_keys",
};

/**
 * Refuses an encryption key that is well formed and not the one that this database was set up with, at the start and not when
 * no token is known any more and no credential opens (F61). A database is known by its API keys, revoked ones too: one made under the
 * new key says that somebody means it.
 *
 * @param key the id of the pepper that follows from the encryption key, and the setting that the key is from
 * @throws {SettingsError}
 */
export async function refuseOtherKey(db: Database, key: { pepperId: string; setting: string }): Promise<void> {
  const [row] = await inSystem(db, (tx) => tx.last.named(IS_KNOWN, [key.pepperId]));
  if (row?.known !== false) return;
  throw new SettingsError([
    {
      name: key.setting,
      is: "another key than this database was set up with",
      rule: "Tokens and credentials in the database can only be read with the key that they were sealed with",
      fix: "Put that key back, or let DATABASE_URL lead to the right database; if the key is lost, run npm run api-key with the new one and issue all tokens and credentials anew",
    },
  ]);
}
