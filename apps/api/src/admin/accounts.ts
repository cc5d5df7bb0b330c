import { type AccountView, type AttemptView, operations } from "@muster/contract";
import { retryConnection } from "@muster/provisioning";
import { Refusal } from "@muster/runtime";
import type { Attributes } from "@muster/scim";
import {
  type AccountView as AccountRecord,
  type AttemptView as AttemptRecord,
  getAttempt,
  inTenant,
  listAccounts,
  listAttempts,
} from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";
import { readStatus } from "./read-status.ts";

/** How far an app is from what it should hold, and what was sent to it. */
export const accountRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getConnectionStatus, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return await readStatus(deps, owner, params.connectionId);
  }),
  adminRoute(operations.watchConnectionStatus, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return (listener) => deps.statuses.watch(owner, params.connectionId, listener);
  }),
  adminRoute(operations.listAccounts, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const page = { ...wanted, connectionId: params.connectionId, userName: query.userName, state: query.state };
    const rows = await inTenant(deps.db, tenantId, (tx) => listAccounts(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: (row) => row.userId, show: showAccount });
  }),
  adminRoute(operations.listAttempts, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    // Newest first: what comes after on the list came before in time.
    const page = {
      connectionId: params.connectionId,
      userId: query.userId,
      groupId: query.groupId,
      decision: query.decision,
      since: query.since === undefined ? undefined : new Date(query.since),
      traceId: query.traceId,
      before: wanted.after,
      limit: wanted.limit,
    };
    const rows = await inTenant(deps.db, tenantId, (tx) => listAttempts(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: byId, show: showAttempt });
  }),
  adminRoute(operations.getAttempt, async (deps, { scope, params }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const { connectionId, attemptId: id } = params;
    const row = await inTenant(deps.db, tenantId, (tx) => getAttempt(tx.last, tenantId, { connectionId, id }));
    if (row === undefined) throw new Refusal("notFound", `This connection has no attempt ${id}`);
    return { ...showAttempt(row), exchanges: row.exchanges };
  }),
  adminRoute(operations.retryConnection, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const rung = await retryConnection(deps, owner, params.connectionId);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return { rung };
  }),
];

/** An account as it is answered. */
export function showAccount(account: AccountRecord): AccountView {
  return {
    userId: account.userId,
    userName: account.userName,
    state: account.state,
    reason: account.reason,
    waitsFor: account.waitsFor,
    remoteId: account.remoteId,
    active: appliedActive(account.applied),
    roles: appliedRoles(account.applied),
    desiredGeneration: account.desiredGeneration,
    appliedGeneration: account.appliedGeneration,
    attempts: account.attempts,
    nextAttemptAt: isoOrNull(account.nextAttemptAt),
    updatedAt: account.updatedAt.toISOString(),
  };
}

function appliedActive(applied: Attributes | null): boolean | null {
  return typeof applied?.active === "boolean" ? applied.active : null;
}

// RFC 7643 §4.1.2: roles are complex values, each with its key in `value`.
function appliedRoles(applied: Attributes | null): string[] {
  const roles = applied?.roles;
  if (!Array.isArray(roles)) return [];
  return roles.flatMap((role) => {
    const isComplex = typeof role === "object" && role !== null && !Array.isArray(role);
    return isComplex && typeof role.value === "string" ? [role.value] : [];
  });
}

/** An attempt as it is listed. */
export function showAttempt(attempt: AttemptRecord): AttemptView {
  return {
    id: attempt.id,
    at: attempt.at.toISOString(),
    startedAt: isoOrNull(attempt.startedAt),
    traceId: attempt.traceId,
    userId: attempt.userId,
    groupId: attempt.groupId,
    operation: attempt.operation,
    outcome: attempt.outcome,
    status: attempt.status,
    detail: attempt.detail,
    durationMs: attempt.durationMs,
    decision: attempt.decision,
    retryAt: isoOrNull(attempt.retryAt),
    generation: attempt.generation,
    number: attempt.number,
  };
}
