import { digestToken, issueToken, type Keyring, lookupId } from "@muster/credentials";
import { reveal, type Secret, uuidV7 } from "@muster/runtime";
import { type Database, ensureApiKey, ensureWorkspace, insertFirstApiKey, type Role } from "@muster/store";

type KeyDeps = { db: Database; keyring: Keyring };

/** Makes a further key and returns it in clear, this once. */
export async function makeApiKey(deps: KeyDeps, role: Role): Promise<string> {
  const workspaceId = await ensureWorkspace(deps.db, { id: uuidV7(), name: "Default" });
  const issued = issueToken(deps.keyring, "key");
  await ensureApiKey(deps.db, { ...issued, workspaceId, role });
  return issued.token;
}

/**
 * Makes sure that somebody can call the API: the operator's own key is live after every start, and without one the very
 * first start makes a key and returns it in clear, this once.
 */
export async function ensureFirstApiKey(deps: KeyDeps, bootstrap: Secret | undefined): Promise<string | undefined> {
  const workspaceId = await ensureWorkspace(deps.db, { id: uuidV7(), name: "Default" });
  if (bootstrap !== undefined) {
    const presented = reveal(bootstrap);
    await ensureApiKey(deps.db, {
      publicId: lookupId(deps.keyring, "key", presented),
      workspaceId,
      digest: digestToken(deps.keyring, presented),
      pepperId: deps.keyring.pepperId,
    });
    return undefined;
  }
  const issued = issueToken(deps.keyring, "key");
  return (await insertFirstApiKey(deps.db, { ...issued, workspaceId })) ? issued.token : undefined;
}
