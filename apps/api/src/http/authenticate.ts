import {
  createVerifierCache,
  type Keyring,
  lookupId,
  parseBearer,
  readToken,
  type VerifierCache,
  verifyCredential,
} from "@muster/credentials";
import type { DirectoryScope, WorkspaceScope } from "@muster/directory";
import { type Clock, type Logger, startLoop } from "@muster/runtime";
import { directorySchemas, parseExtensionDefinition } from "@muster/scim";
import {
  type ApiKeyRecord,
  type Database,
  type DirectoryTokenRecord,
  findApiKey,
  findDirectoryToken,
  getDirectorySettings,
  inTenant,
  readCredentialEpoch,
} from "@muster/store";
import type { DirectoryProfile, Permission } from "../route.ts";
import { recordLastUsed } from "./last-used.ts";

/** What a directory's token opens. */
export type DirectoryAccess = {
  scope: DirectoryScope;
  directory: DirectoryProfile;
  may(permission: Permission): boolean;
};

/** Turns credentials into scopes. There is no other way to get one. */
export type Authenticator = {
  /** What a directory's token opens at that directory's address; null for every other combination (V08). */
  directory(authorization: string | undefined, directoryId: string): Promise<DirectoryAccess | null>;
  /** The scope of an API key; null when it is none. */
  apiKey(authorization: string | undefined): Promise<WorkspaceScope | null>;
  close(): Promise<void>;
};

/** Revocations reach this process within one poll; the cache's age is the ceiling should polling fail. */
const EPOCH_POLL_MS = 500;
const CACHE = { maxEntries: 10_000, ttlMs: 5_000 };

/** Makes the authenticator of one process: cached look-ups, constant-time compares, lazily recorded use. */
export function createAuthenticator(deps: {
  db: Database;
  keyring: Keyring;
  clock: Clock;
  logger: Logger;
}): Authenticator {
  const { db, keyring, clock, logger } = deps;
  const tokens = createVerifierCache<KnownToken | null>({ ...CACHE, clock });
  const keys = createVerifierCache<ApiKeyRecord | null>({ ...CACHE, clock });
  const used = recordLastUsed({ db, logger });
  let epoch: number | undefined;

  const poll = startLoop({
    name: "credential-epoch",
    everyMs: EPOCH_POLL_MS,
    logger,
    async run() {
      const now = await readCredentialEpoch(db);
      if (now === epoch) return;
      epoch = now;
      tokens.clear();
      keys.clear();
    },
  });
  return {
    async directory(authorization, directoryId) {
      const presented = parseBearer(authorization) ?? "";
      const publicId = readToken("scim", presented)?.publicId;
      const record = publicId === undefined ? null : await cached(tokens, publicId, () => findToken(db, publicId));
      // The compare runs whatever was found, so that an unknown id takes as long as a wrong secret (V20).
      const genuine = verifyCredential(
        keyring,
        presented,
        record && { digest: record.digest, pepperId: record.pepperId },
      );
      if (!genuine || record === null || record.directoryId !== directoryId) return null;
      if (record.expiresAt.getTime() <= clock.now().getTime()) return null;
      used.token(record.publicId);
      const { tenantId, profile } = record;
      return {
        scope: {
          tenantId,
          directoryId,
          actor: `token:${record.publicId}`,
          memberMatching: profile.settings.memberMatching,
        },
        directory: profile,
        may: () => true,
      };
    },
    async apiKey(authorization) {
      const presented = parseBearer(authorization);
      const publicId = presented === null ? null : lookupId(keyring, "key", presented);
      const record =
        publicId === null ? null : await cached(keys, publicId, async () => (await findApiKey(db, publicId)) ?? null);
      const genuine = verifyCredential(
        keyring,
        presented ?? "",
        record && { digest: record.digest, pepperId: record.pepperId },
      );
      if (!genuine || record === null) return null;
      used.key(record.publicId);
      return { workspaceId: record.workspaceId, actor: `key:${record.publicId}` };
    },
    async close() {
      await Promise.all([poll.close(), used.close()]);
    },
  };
}

type KnownToken = DirectoryTokenRecord & { profile: DirectoryProfile };

async function findToken(db: Database, publicId: string): Promise<KnownToken | null> {
  const token = await findDirectoryToken(db, publicId);
  if (token === undefined) return null;
  const { tenantId, directoryId } = token;
  const settings = await inTenant(db, tenantId, (tx) => getDirectorySettings(tx.last, tenantId, directoryId));
  if (settings === undefined) return null;
  const { extensions } = settings;
  const schemas = directorySchemas(Array.isArray(extensions) ? extensions.map(parseExtensionDefinition) : []);
  return { ...token, profile: { settings, schemas } };
}

async function cached<T>(cache: VerifierCache<T>, id: string, find: () => Promise<T>): Promise<T> {
  const known = cache.get(id);
  if (known !== undefined) return known;
  const found = await find();
  cache.set(id, found);
  return found;
}
