import { operations, type ProvisionReport, type TimelineEntry } from "@muster/contract";
import {
  openGate,
  type ProvisionReport as ProvisionRecord,
  planConnection,
  provisionPerson,
  readTimeline,
  redriveConnection,
  retryAccount,
} from "@muster/provisioning";
import { inTenant, listAccounts, type TimelineRecord } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { showAccount, showAttempt } from "./accounts.ts";
import { readConnection } from "./connections.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection, ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";
import { showScope } from "./show-scope.ts";

const DEFAULT_NAMES = 20;
const DEFAULT_WAIT_MS = 10_000;

/** What became of somebody, and doing something about it. */
export const actRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getAccountTimeline, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const { after: before, limit } = readPage(query);
    const rows = await readTimeline(deps, owner, { ...params, before, limit });
    return toPage(rows, { after: before, limit }, { idOf: byId, show: showEntry });
  }),
  adminRoute(operations.getPersonTimeline, async (deps, { scope, params, query }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const { after: before, limit } = readPage(query);
    const rows = await readTimeline(deps, owner, { userId: params.userId, connectionId: null, before, limit });
    return toPage(rows, { after: before, limit }, { idOf: byId, show: showEntry });
  }),
  adminRoute(operations.retryAccount, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const { removal } = await retryAccount(deps, owner, params);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal });
    const [account] = await inTenant(deps.db, owner.tenantId, (tx) =>
      listAccounts(tx.last, owner.tenantId, { ...params, limit: 1 }),
    );
    if (account === undefined) throw new Error("An account that was marked must be there");
    return showAccount(account);
  }),
  adminRoute(operations.provisionPerson, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const ring = () => deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    const input = { ...params, waitMs: body.waitMs ?? DEFAULT_WAIT_MS };
    return showReport(
      await provisionPerson({ db: deps.db, clock: deps.clock, prepare: deps.prepare, ring }, owner, input),
    );
  }),
  adminRoute(operations.redriveConnection, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const failed = { since: new Date(body.since), classes: body.classes ?? null };
    const redriven = await redriveConnection(deps, owner, params.connectionId, failed);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return { redriven };
  }),
  adminRoute(operations.planConnection, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const input = { names: body.names ?? DEFAULT_NAMES, ifOpen: body.ifOpen ?? false };
    return await planConnection(deps, owner, params.connectionId, input);
  }),
  adminRoute(operations.openGate, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await openGate(deps, owner, params.connectionId, body.groups ?? null);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return await readConnection(deps, owner, params.connectionId);
  }),
];

const showEntry = ({ at, ...entry }: TimelineRecord): TimelineEntry => ({ ...entry, at: at.toISOString() });

function showReport(report: ProvisionRecord): ProvisionReport {
  const { userId, traceId, steps, desired, plan, attempts, result } = report;
  return {
    userId,
    traceId,
    steps,
    scope: showScope(desired.scope, desired.kind === "present"),
    desired: desired.kind === "present" ? desired.payload : null,
    plan,
    attempts: attempts.map((attempt) => ({ ...showAttempt(attempt), exchanges: attempt.exchanges })),
    result: {
      isDone: result === null || result.worked,
      state: result?.state ?? null,
      reason: result?.reason ?? null,
      remoteId: result?.remoteId ?? null,
      nextAttemptAt: isoOrNull(result?.nextAttemptAt ?? null),
    },
  };
}
