import { createVerifierCache, type VerifierCache } from "@muster/credentials";
import { type Clock, type Logger, type Network, readNetwork, startLoop } from "@muster/runtime";
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
import type { DirectoryProfile } from "../route.ts";
import type { DirectoryAccess } from "./directory-access.ts";

/** A live token or client with what its directory is set to, prepared for the requests to come. */
export type KnownToken = DirectoryTokenRecord & {
  access: DirectoryAccess;
  /** Null means any address. */
  allowed: readonly Network[] | null;
};

/** What this process knows of credentials; never older than the credential epoch, and at most by some seconds without it. */
export type KnownCredentials = {
  /** Finds a live token or client; `beforeLookUp` may throw when the database would have to be asked. */
  token(publicId: string, beforeLookUp: () => void): Promise<KnownToken | null>;
  key(publicId: string, beforeLookUp: () => void): Promise<ApiKeyRecord | null>;
  /** The database's time in milliseconds since 1970: the one that expiry is judged by (F33). */
  nowMs(): number;
  close(): Promise<void>;
};

/** Changes reach this process within one poll; the cache's age is the ceiling should polling fail. */
const EPOCH_POLL_MS = 500;
const CACHE = { maxEntries: 10_000, ttlMs: 5_000 };

/** Makes what a credential opens; the authenticator's own, since nothing else makes a scope (V16). */
type ToAccess = (token: DirectoryTokenRecord, directory: DirectoryProfile) => DirectoryAccess;

/** Opens the memory of one process. Asks the database once, for its time. */
export async function openKnownCredentials(deps: {
  toAccess: ToAccess;
  db: Database;
  clock: Clock;
  logger: Logger;
}): Promise<KnownCredentials> {
  const { db, clock, logger, toAccess } = deps;
  const tokens = createVerifierCache<KnownToken | null>({ ...CACHE, clock });
  const keys = createVerifierCache<ApiKeyRecord | null>({ ...CACHE, clock });
  let { epoch, aheadMs } = await readState();

  async function readState(): Promise<{ epoch: number; aheadMs: number }> {
    const read = await readCredentialEpoch(db);
    return { epoch: read.epoch, aheadMs: read.nowMs - clock.monotonicMs() };
  }
  const poll = startLoop({
    name: "credential-epoch",
    everyMs: EPOCH_POLL_MS,
    logger,
    async run() {
      const read = await readState();
      aheadMs = read.aheadMs;
      if (read.epoch === epoch) return;
      epoch = read.epoch;
      tokens.clear();
      keys.clear();
    },
  });
  async function remembered<T>(
    cache: VerifierCache<T>,
    id: string,
    beforeLookUp: () => void,
    find: () => Promise<T>,
  ): Promise<T> {
    const known = cache.get(id);
    if (known !== undefined) return known;
    beforeLookUp();
    const before = epoch;
    const found = await find();
    // What was read before a change must not outlive the clearing that the change caused.
    if (epoch === before) cache.set(id, found);
    return found;
  }
  return {
    token: (publicId, beforeLookUp) =>
      remembered(tokens, publicId, beforeLookUp, () => findToken(db, toAccess, publicId)),
    key: (publicId, beforeLookUp) =>
      remembered(keys, publicId, beforeLookUp, async () => (await findApiKey(db, publicId)) ?? null),
    nowMs: () => aheadMs + clock.monotonicMs(),
    close: () => poll.close(),
  };
}

async function findToken(db: Database, toAccess: ToAccess, publicId: string): Promise<KnownToken | null> {
  const token = await findDirectoryToken(db, publicId);
  if (token === undefined) return null;
  const { tenantId, directoryId } = token;
  const settings = await inTenant(db, tenantId, (tx) => getDirectorySettings(tx.last, tenantId, directoryId));
  if (settings === undefined) return null;
  const { extensions } = settings;
  const schemas = directorySchemas(Array.isArray(extensions) ? extensions.map(parseExtensionDefinition) : []);
  return {
    ...token,
    access: toAccess(token, { settings, schemas }),
    allowed: settings.allowedAddresses?.map(readNetwork).filter((network) => network !== null) ?? null,
  };
}
