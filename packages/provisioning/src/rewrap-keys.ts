import { type Keyring, rewrapDataKey } from "@muster/credentials";
import type { CrashPoints } from "@muster/runtime";
import {
  countDigestsUnder,
  type Database,
  type DigestUses,
  inTenant,
  inWorkspace,
  pageKeyedTenants,
  pageWorkspaces,
  replaceTenantKey,
  replaceWebhookKey,
  type TenantId,
  tenantKeysNotUnder,
  type WorkspaceId,
  webhookKeysNotUnder,
} from "@muster/store";

/** Tenants, or workspaces, looked up at once; each is a transaction of its own. */
const PAGE = 500;
/** Keys wrapped anew in one transaction; a tenant has one, a workspace one for each webhook. */
const CHUNK = 100;

type Deps = { db: Database; keyring: Keyring; crash: CrashPoints };

/** How many keys were wrapped anew, and what is left that needs another encryption key than the first. */
export type Rewrapped = { tenantKeys: number; webhookKeys: number; left: DigestUses };

/**
 * Wraps every data key anew under the first encryption key (F36). It may be killed at any moment and run again, also beside processes at work:
 * each step is one transaction, a key is in one wrapping or the other, and both are understood until the other encryption keys are taken away.
 * What the data keys have sealed stays as it is.
 *
 * @throws {SealError} when a key is wrapped by an encryption key that is not among those given
 */
export async function rewrapKeys(deps: Deps): Promise<Rewrapped> {
  const tenantKeys = await eachPage(
    (after: TenantId | undefined) => pageKeyedTenants(deps.db, { after, limit: PAGE }),
    (tenantId) => inChunks(() => rewrapTenant(deps, tenantId)),
  );
  const webhookKeys = await eachPage(
    (after: WorkspaceId | undefined) => pageWorkspaces(deps.db, { after, limit: PAGE }),
    (workspaceId) => inChunks(() => rewrapWebhooks(deps, workspaceId)),
  );
  return { tenantKeys, webhookKeys, left: await countDigestsUnder(deps.db, { otherThan: deps.keyring.pepperId }) };
}

async function eachPage<Id>(
  page: (after: Id | undefined) => Promise<Id[]>,
  work: (id: Id) => Promise<number>,
): Promise<number> {
  let done = 0;
  for (let after: Id | undefined; ; ) {
    const ids = await page(after);
    for (const id of ids) done += await work(id);
    after = ids.at(-1);
    if (ids.length < PAGE) return done;
  }
}

async function inChunks(chunk: () => Promise<number>): Promise<number> {
  let done = 0;
  for (;;) {
    const more = await chunk();
    done += more;
    if (more < CHUNK) return done;
  }
}

async function rewrapTenant({ db, keyring, crash }: Deps, tenantId: TenantId): Promise<number> {
  const done = await inTenant(db, tenantId, async (tx) => {
    const keys = await tenantKeysNotUnder(tx, tenantId, keyring.wrapKeyId, CHUNK);
    for (const key of keys) {
      await replaceTenantKey(tx, tenantId, key, rewrapDataKey(keyring, tenantId, key.wrapped));
      crash("before-key-recorded");
    }
    return keys.length;
  });
  if (done > 0) crash("key-rewrapped");
  return done;
}

async function rewrapWebhooks({ db, keyring, crash }: Deps, workspaceId: WorkspaceId): Promise<number> {
  const done = await inWorkspace(db, workspaceId, async (tx) => {
    const keys = await webhookKeysNotUnder(tx, workspaceId, keyring.wrapKeyId, CHUNK);
    for (const key of keys)
      await replaceWebhookKey(tx, workspaceId, key, rewrapDataKey(keyring, workspaceId, key.wrapped).wrapped);
    return keys.length;
  });
  if (done > 0) crash("webhook-keys-rewrapped");
  return done;
}
