import {
  type Database,
  findTokensNearEnd,
  insertNotice,
  inTenant,
  listTenantsWithEndingTokens,
  type TenantId,
  type TokenNearEnd,
} from "@muster/store";

/** An expiry is told this many days ahead, once each (D03). */
const NOTICE_DAYS = [1, 7, 30] as const;
const TENANTS_A_PAGE = 500;

/**
 * Tells administrators which tokens end soon, and which ended while they were in use: one row in `notices` each, whatever
 * number of processes looks. Tenants are found by ids and times only; their rows are read one tenant at a time.
 */
export async function noteTokenExpiry(deps: { db: Database }, signal?: AbortSignal): Promise<void> {
  for (let after: TenantId | undefined; ; ) {
    const tenants = await listTenantsWithEndingTokens(deps.db, { after, limit: TENANTS_A_PAGE });
    for (const tenantId of tenants) {
      if (signal?.aborted === true) return;
      await noteOfTenant(deps, tenantId);
    }
    after = tenants.at(-1);
    if (tenants.length < TENANTS_A_PAGE) return;
  }
}

async function noteOfTenant({ db }: { db: Database }, tenantId: TenantId): Promise<void> {
  await inTenant(db, tenantId, async (tx) => {
    for (const token of await findTokensNearEnd(tx, tenantId)) {
      const notice = noticeOf(token);
      if (notice !== null) await insertNotice(tx, tenantId, { ...notice, subject: token.publicId });
    }
  });
}

/** What is to be told of a token now: the nearest of its days, or that it ended while in use; null for nothing. */
export function noticeOf(token: TokenNearEnd): { kind: string; message: string } | null {
  const name = `The ${token.kind === "client" ? "client" : "bearer token"} ${token.publicId} of directory "${token.directoryName}"`;
  const at = token.expiresAt.toISOString();
  const makeNew = `issue a new one and give it to the identity provider`;
  if (token.daysLeft <= 0) {
    if (!token.inUse) return null;
    return {
      kind: "token.expired",
      message: `${name} expired at ${at} while it was in use, so the identity provider is refused: ${makeNew}`,
    };
  }
  const days = NOTICE_DAYS.find((most) => token.daysLeft <= most);
  if (days === undefined) return null;
  const fix = token.replaced
    ? "a newer one is there: make sure that the identity provider uses it"
    : `${makeNew} before then; with "replaces" both work meanwhile`;
  return { kind: `token.expires.${days}`, message: `${name} expires at ${at}, within ${inWords(days)}: ${fix}` };
}

function inWords(days: number): string {
  return days === 1 ? "a day" : `${days} days`;
}
