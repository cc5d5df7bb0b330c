import { asOneCause } from "@muster/directory";
import {
  type BulkOperation,
  type BulkResult,
  type LateAddition,
  parseBulkRequest,
  parseIfMatch,
  partLateReferences,
  patchOpUrn,
  planBulk,
  referencesOf,
  resolveReferences,
  ScimError,
  toBulkResponse,
} from "@muster/scim";
import type { ApiDeps } from "../api-deps.ts";
import { compileRoutes, matchRoute } from "../http/match-route.ts";
import { pathSegments } from "../http/request-path.ts";
import { toScimError } from "../http/to-scim-error.ts";
import type { ScimReply, ScimRequest, ScimRoute } from "../route.ts";
import { removalsOfBulk } from "./bulk-removals.ts";
import { BULK_LIMITS } from "./list-limits.ts";

/**
 * The /Bulk endpoint (RFC 7644 §3.7): each operation goes through the route that it names, with its permissions, its
 * transaction and its audit row, as if it had come alone.
 */
export function bulkRoutes(resourceRoutes: readonly ScimRoute[]): readonly ScimRoute[] {
  const compiled = compileRoutes(
    resourceRoutes.filter((route) => route.method !== "get" && !route.path.endsWith("/.search")),
    (route) => route,
  );

  async function run(deps: ApiDeps, request: ScimRequest, operation: BulkOperation): Promise<ScimReply> {
    const match = matchRoute(compiled, operation.method, pathSegments(operation.path));
    if (match.kind !== "found")
      throw new ScimError(
        match.kind === "unknown" ? 404 : 405,
        undefined,
        `Bulk: ${operation.method} ${operation.path} is no operation on a resource here`,
      );
    const missing = match.route.needs.find((permission) => !request.may(permission));
    if (missing !== undefined) throw new ScimError(403, undefined, `This token does not allow ${missing}`);
    return await match.route.handle(deps, {
      ...request,
      id: match.params.id ?? "",
      query: {},
      body: operation.data,
      ifMatch: parseIfMatch(operation.version ?? undefined),
      ifNoneMatch: null,
    });
  }

  return [
    {
      access: "directoryToken",
      method: "post",
      path: "/Bulk",
      // Judged by each operation.
      needs: [],
      maxBodyBytes: BULK_LIMITS.maxPayloadBytes,
      async handle(deps, request) {
        const { failOnErrors, operations } = parseBulkRequest(request.body, BULK_LIMITS);
        const job = { operations, failOnErrors: failOnErrors ?? Number.POSITIVE_INFINITY };
        const runOne = (operation: BulkOperation): Promise<Outcome> =>
          run(deps, request, operation).then(
            (reply): Outcome => ({ kind: "done", reply }),
            (error: unknown): Outcome => ({ kind: "failed", error: toScimError(deps.logger, error) }),
          );
        const removals = removalsOfBulk(operations);
        const { value: results, marked } = await asOneCause(deps, request.scope, removals, async () => ({
          value: await runAll(job, runOne),
          marked: { connectionIds: [], removal: false },
        }));
        deps.ring(request.scope.tenantId, marked);
        return { status: 200, body: toBulkResponse(operations, results) };
      },
    },
  ];
}

type Outcome = { kind: "done"; reply: ScimReply } | { kind: "failed"; error: ScimError };

async function runAll(
  job: { operations: readonly BulkOperation[]; failOnErrors: number },
  run: (operation: BulkOperation) => Promise<Outcome>,
): Promise<Map<number, BulkResult>> {
  const { operations, failOnErrors } = job;
  const results = new Map<number, BulkResult>();
  const ids = new Map<string, string>();
  const additions: { index: number; path: string; later: LateAddition[] }[] = [];
  let errors = 0;

  for (const { index, late } of planBulk(operations)) {
    const sent = operations[index];
    if (sent === undefined || errors >= failOnErrors) continue;
    const { now, later } = partLateReferences(sent.data, late);
    const outcome = await runResolved({ ...sent, data: now }, ids, run);
    results.set(index, toResult(outcome));
    if (outcome.kind === "failed") {
      errors += 1;
      continue;
    }
    const { location } = outcome.reply;
    const id = location?.slice(location.lastIndexOf("/") + 1);
    if (sent.method !== "POST" || sent.bulkId === null || id === undefined) continue;
    ids.set(sent.bulkId, id);
    if (later.length > 0) additions.push({ index, path: `${sent.path.replace(/\/+$/, "")}/${id}`, later });
  }
  for (const { index, path, later } of additions) {
    if (errors >= failOnErrors) break;
    const data = { schemas: [patchOpUrn], Operations: later };
    const outcome = await runResolved({ method: "PATCH", path, bulkId: null, version: null, data }, ids, run);
    const before = results.get(index);
    if (outcome.kind === "failed") {
      errors += 1;
      results.set(index, { ...outcome, location: before?.location });
    } else if (before?.kind === "done") {
      results.set(index, { ...before, version: outcome.reply.version });
    }
  }
  return results;
}

async function runResolved(
  operation: BulkOperation,
  ids: ReadonlyMap<string, string>,
  run: (operation: BulkOperation) => Promise<Outcome>,
): Promise<Outcome> {
  const missing = referencesOf(operation).find((reference) => !ids.has(reference));
  if (missing !== undefined)
    return {
      kind: "failed",
      error: new ScimError(
        409,
        undefined,
        `bulkId "${missing}" names nothing that this request has created: it is unknown, failed or cannot be used here`,
      ),
    };
  const path = operation.path.replace(/bulkId:[^/]+$/, (whole) => String(resolveReferences(whole, ids)));
  return await run({ ...operation, path, data: resolveReferences(operation.data, ids) });
}

function toResult(outcome: Outcome): BulkResult {
  if (outcome.kind === "failed") return { ...outcome, location: undefined };
  const { status, location, version } = outcome.reply;
  return { kind: "done", status, location, version };
}
