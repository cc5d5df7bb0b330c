import { defaultDialectDays, operations, type RequestQuery, type RequestView } from "@muster/contract";
import { requireDirectory, type WorkspaceScope } from "@muster/directory";
import { Refusal } from "@muster/runtime";
import {
  getRequest,
  inTenant,
  listRequests,
  type RequestFilter,
  type RequestRecord,
  summariseDialects,
  type Tx,
} from "@muster/store";
import type { ApiDeps } from "../api-deps.ts";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

const DAY_MS = 86_400_000;

/** The log of requests to a directory, and what dialects are in it. */
export const requestRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listRequests, async (deps, { scope, params, query }) => {
    const { after: before, limit } = readPage(query);
    const { directoryId } = params;
    const rows = await inDirectory(deps, scope, params, (tx, tenantId) =>
      listRequests(tx, tenantId, { ...toFilter(query), directoryId, before, limit }),
    );
    return toPage(rows, { after: before, limit }, { idOf: byId, show });
  }),
  adminRoute(operations.getRequest, async (deps, { scope, params }) => {
    const { directoryId, requestId } = params;
    const row = await inDirectory(deps, scope, params, (tx, tenantId) =>
      getRequest(tx, tenantId, { directoryId, id: requestId }),
    );
    if (row === undefined) throw new Refusal("notFound", `There is no request ${requestId}`);
    return { ...show(row), body: row.body };
  }),
  adminRoute(operations.getDialects, async (deps, { scope, params, query }) => {
    const since = new Date(deps.clock.now().getTime() - (query.days ?? defaultDialectDays) * DAY_MS);
    const { directoryId } = params;
    const { isComplete, dialects } = await inDirectory(deps, scope, params, (tx, tenantId) =>
      summariseDialects(tx, tenantId, { directoryId, since }),
    );
    return {
      since: since.toISOString(),
      isComplete,
      dialects: dialects.map(({ firstSeenAt, lastSeenAt, ...dialect }) => ({
        ...dialect,
        firstSeenAt: firstSeenAt.toISOString(),
        lastSeenAt: lastSeenAt.toISOString(),
      })),
    };
  }),
];

/** Runs in the tenant once it is certain that tenant and directory are the caller's; refuses with "not found" else. */
async function inDirectory<T>(
  deps: ApiDeps,
  scope: WorkspaceScope,
  params: { tenantId: string; directoryId: string },
  read: (tx: Tx, tenantId: string) => Promise<T>,
): Promise<T> {
  const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireDirectory(tx, tenantId, params.directoryId);
    return await read(tx, tenantId);
  });
}

function toFilter({
  status,
  method,
  client,
  resourceId,
  since,
  until,
  hasNotes,
  traceId,
}: RequestQuery): RequestFilter {
  return {
    status: status === undefined ? undefined : toRange(status),
    method,
    client,
    resourceId,
    traceId,
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
    hasNotes: hasNotes === undefined ? undefined : hasNotes === "true",
  };
}

function toRange(status: string): { from: number; to: number } {
  if (!status.endsWith("xx")) return { from: Number(status), to: Number(status) };
  const from = Number(status.slice(0, 1)) * 100;
  return { from, to: from + 99 };
}

function show({ body: _body, at, notes, ...row }: RequestRecord): RequestView {
  return { ...row, at: at.toISOString(), notes: notes.map(({ seen, taken }) => ({ seen, taken })) };
}
