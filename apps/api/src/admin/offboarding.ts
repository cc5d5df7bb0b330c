import { type OffboardingLine, operations, type Removal } from "@muster/contract";
import { signReceipt } from "@muster/credentials";
import {
  type OffboardingLine as OffboardingRecord,
  readOffboarding,
  readReceipt,
  receiptClaims,
} from "@muster/provisioning";
import { Refusal } from "@muster/runtime";
import { inTenant, listRemovals, type RemovalRecord, summariseRemovals } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection, ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** Proof that people who left are out. */
export const offboardingRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getOffboarding, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const lines = await readOffboarding(deps, owner, params.userId);
    const complete = lines.every(({ standing }) => standing.state === "removed" || standing.state === "noAccount");
    return { userId: params.userId, complete, apps: lines.map(showLine) };
  }),
  adminRoute(operations.getReceipt, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const facts = await readReceipt(deps, owner, { ...params, removalId: query.removalId });
    const claims = receiptClaims(facts, { issuer: deps.publicUrl, tenantId: owner.tenantId });
    return { removalId: facts.id, receipt: await signReceipt(deps.keyring, claims), claims };
  }),
  adminRoute(operations.listRemovals, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const page = { ...readRange(deps.clock.now(), query), before: wanted.after, limit: wanted.limit };
    const rows = await inTenant(deps.db, tenantId, (tx) => listRemovals(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: byId, show: showRemoval });
  }),
  adminRoute(operations.getRemovalSummary, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const range = readRange(deps.clock.now(), query);
    const summary = await inTenant(deps.db, tenantId, (tx) => summariseRemovals(tx, tenantId, range));
    const { p50Ms, p99Ms, maxMs } = summary;
    return {
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      removals: summary.removals,
      measured: summary.measured,
      acceptedToPushedMs: { p50: rounded(p50Ms), p99: rounded(p99Ms), max: rounded(maxMs) },
      over: { thirtySeconds: summary.overThirtySeconds, sixtySeconds: summary.overSixtySeconds },
      unconfirmed: summary.unconfirmed,
    };
  }),
];

const DAY_MS = 86_400_000;
/** Database and api may differ a little in what time it is: what was recorded just now is in. */
const AHEAD_MS = 60_000;

function readRange(now: Date, query: { from?: string; to?: string }): { from: Date; to: Date } {
  const to = query.to === undefined ? new Date(now.getTime() + AHEAD_MS) : new Date(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - 30 * DAY_MS) : new Date(query.from);
  if (from >= to) throw new Refusal("invalid", "from must be before to");
  return { from, to };
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

function showLine(line: OffboardingRecord): OffboardingLine {
  return {
    connectionId: line.connectionId,
    appId: line.appId,
    remoteId: line.remoteId,
    state: line.standing.state,
    since: isoOrNull(line.removalSince),
    reason: line.standing.reason,
    nextAttemptAt: isoOrNull(line.nextAttemptAt),
    removalId: line.removalId,
    confirmedAt: isoOrNull(line.confirmedAt),
  };
}

function showRemoval(row: RemovalRecord): Removal {
  return {
    id: row.id,
    connectionId: row.connectionId,
    appId: row.appId,
    userId: row.userId,
    userName: row.userName,
    remoteId: row.remoteId,
    action: row.action,
    confirmation: row.confirmation,
    acceptedAt: isoOrNull(row.acceptedAt),
    pushedAt: isoOrNull(row.pushedAt),
    confirmedAt: isoOrNull(row.confirmedAt),
    recordedAt: row.recordedAt.toISOString(),
    acceptedToPushedMs: rounded(row.acceptedToPushedMs),
  };
}
