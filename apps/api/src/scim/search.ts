import { listResources } from "@muster/directory";
import {
  excludesMembers,
  type ListQuery,
  parseListQuery,
  parseSearchRequest,
  project,
  type ResourceSchema,
  type ResourceType,
  ScimError,
} from "@muster/scim";
import type { ApiDeps } from "../api-deps.ts";
import type { ScimReply, ScimRequest, ScimRoute } from "../route.ts";
import { toGroupAnswer } from "./groups.ts";
import { LIST_LIMITS, MAX_SEARCH_BYTES } from "./list-limits.ts";
import { toPage } from "./to-page.ts";
import { toUserAnswer } from "./users.ts";

const everything = { access: "directoryToken", needs: ["users:read", "groups:read"] } as const;

/** People and groups in one list, at the directory's own address (RFC 7644 §3.4.2.1, §3.4.3). */
export const searchRoutes: readonly ScimRoute[] = [
  {
    ...everything,
    method: "get",
    path: "/",
    maxBodyBytes: 0,
    handle: (deps, request) =>
      answerBoth(deps, request, (type, schema) => parseListQuery(request.query, type, LIST_LIMITS, schema)),
  },
  {
    ...everything,
    method: "post",
    path: "/.search",
    maxBodyBytes: MAX_SEARCH_BYTES,
    handle: (deps, request) =>
      answerBoth(deps, request, (type, schema) => parseSearchRequest(request.body, type, LIST_LIMITS, schema)),
  },
];

async function answerBoth(
  deps: ApiDeps,
  request: ScimRequest,
  parse: (type: ResourceType, schema: ResourceSchema) => ListQuery,
): Promise<ScimReply> {
  const { schemas } = request.directory;
  const asked = (["User", "Group"] as const).map((kind) => ({
    kind,
    query: attempt(() => parse(kind, schemas[kind])),
  }));
  // A filter that names what only one kind has finds nothing of the other (RFC 7644 §3.4.2.1).
  const understood = asked.flatMap(({ kind, query }) => (query instanceof ScimError ? [] : [{ kind, query }]));
  const [first] = understood;
  if (first === undefined) throw asked[0]?.query;
  const { page, sort, filter } = first.query;
  if (sort !== null)
    throw new ScimError(
      400,
      "invalidValue",
      "People and groups together are in the order of creation; sort /Users or /Groups",
    );
  const shown = new Map(understood.map(({ kind, query }) => [kind, query.projection]));
  const groups = shown.get("Group");
  const { total, resources, next } = await listResources(deps, request.scope, {
    kinds: understood.map(({ kind, query }) => ({ schema: schemas[kind], filter: query.filter })),
    page,
    baseUrl: request.baseUrl,
    members: groups !== undefined && !excludesMembers(groups),
  });
  const answers = resources.map((found) => {
    const answer = found.kind === "User" ? toUserAnswer(request.baseUrl, found) : toGroupAnswer(request.baseUrl, found);
    const projection = shown.get(found.kind);
    return projection === undefined ? answer : project(answer, projection);
  });
  return { status: 200, body: toPage({ page, filter, sort }, { resources: answers, total, next }) };
}

function attempt<T>(work: () => T): T | ScimError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}
