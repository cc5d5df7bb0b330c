import { deleteUser, type FoundUser } from "@muster/directory";
import {
  type Attributes,
  applyUserPatch,
  carryImmutable,
  type DialectNote,
  type ListQuery,
  type Projection,
  parseListQuery,
  parseProjection,
  parseSearchRequest,
  parseUser,
  project,
  sameUser,
  toUserResource,
} from "@muster/scim";
import type { ApiDeps } from "../api-deps.ts";
import type { ScimReply, ScimRequest, ScimRoute } from "../route.ts";
import { isUnchanged } from "./is-unchanged.ts";
import { LIST_LIMITS, MAX_SEARCH_BYTES, projectionQuery } from "./list-limits.ts";
import { toPage } from "./to-page.ts";

/** A user with photos and certificates fits; what is longer is no user. */
const MAX_BODY_BYTES = 512_000;

const base = { access: "directoryToken", maxBodyBytes: 0 } as const;
const writing = { access: "directoryToken", maxBodyBytes: MAX_BODY_BYTES } as const;

/** The /Users endpoint (RFC 7644 §3). */
export const userRoutes: readonly ScimRoute[] = [
  {
    ...writing,
    method: "post",
    needs: ["users:create"],
    path: "/Users",
    async handle(deps, request) {
      const projection = projectionOf(request);
      const { user, notes } = parseUser(request.body, request.directory.schemas.User);
      request.note(notes);
      const { value, marked } = await deps.createUser(request.scope, user);
      deps.ring(request.scope.tenantId, marked);
      return show(request, value, projection, 201);
    },
  },
  {
    ...base,
    method: "get",
    needs: ["users:read"],
    path: "/Users",
    handle: (deps, request) =>
      answerList(deps, request, parseListQuery(request.query, "User", LIST_LIMITS, request.directory.schemas.User)),
  },
  {
    ...base,
    method: "post",
    needs: ["users:read"],
    path: "/Users/.search",
    maxBodyBytes: MAX_SEARCH_BYTES,
    handle: (deps, request) =>
      answerList(deps, request, parseSearchRequest(request.body, "User", LIST_LIMITS, request.directory.schemas.User)),
  },
  {
    ...base,
    method: "get",
    needs: ["users:read"],
    path: "/Users/:id",
    async handle(deps, request) {
      const found = await deps.readUser(request.scope, request.id);
      const { version } = found.record;
      return isUnchanged(request, version)
        ? { status: 304, version }
        : show(request, found, projectionOf(request), 200);
    },
  },
  {
    ...writing,
    method: "put",
    needs: ["users:update"],
    path: "/Users/:id",
    async handle(deps, request) {
      const projection = projectionOf(request);
      const { user: sent, activeGiven, notes } = parseUser(request.body, request.directory.schemas.User);
      request.note(notes);
      const target = { id: request.id, expected: request.ifMatch };
      const { value, marked } = await deps.changeUser(request.scope, target, (current) => {
        // A late profile update that says nothing of `active` brings nobody back (I08, F31).
        const active = activeGiven ? sent.active : current.active;
        const attributes = carryImmutable(current.attributes, sent.attributes, request.directory.schemas.User);
        const user = { ...sent, active, attributes };
        return { user, changed: !sameUser(current, user) };
      });
      deps.ring(request.scope.tenantId, marked);
      return show(request, value, projection, 200);
    },
  },
  {
    ...writing,
    method: "patch",
    needs: ["users:update"],
    path: "/Users/:id",
    async handle(deps, request) {
      const projection = projectionOf(request);
      const target = { id: request.id, expected: request.ifMatch };
      let taken: DialectNote[] = [];
      const { value, marked } = await deps.changeUser(request.scope, target, (current) => {
        const { notes, ...change } = applyUserPatch(current, request.body, request.directory.schemas.User);
        // Noted once, however often the change had to be computed.
        taken = notes;
        return change;
      });
      request.note(taken);
      deps.ring(request.scope.tenantId, marked);
      return show(request, value, projection, 200);
    },
  },
  {
    ...base,
    method: "delete",
    needs: ["users:delete"],
    path: "/Users/:id",
    async handle(deps, request) {
      const { marked } = await deleteUser(deps, request.scope, { id: request.id, expected: request.ifMatch });
      deps.ring(request.scope.tenantId, marked);
      return { status: 204 };
    },
  },
];

async function answerList(deps: ApiDeps, request: ScimRequest, query: ListQuery): Promise<ScimReply> {
  const { filter, sort, page } = query;
  const schema = request.directory.schemas.User;
  const { total, users, next } = await deps.listUsers(request.scope, {
    filter,
    sort,
    page,
    schema,
    baseUrl: request.baseUrl,
  });
  const resources = users.map((found) => project(toUserAnswer(request.baseUrl, found), query.projection));
  return { status: 200, body: toPage(query, { resources, total, next }) };
}

const projectionOf = (request: ScimRequest): Projection =>
  parseProjection(projectionQuery(request.query), "User", request.directory.schemas.User);

function show(request: ScimRequest, found: FoundUser, projection: Projection, status: 200 | 201): ScimReply {
  const { record } = found;
  return {
    status,
    body: project(toUserAnswer(request.baseUrl, found), projection),
    location: locationOf(request.baseUrl, record.id),
    version: record.version,
  };
}

const locationOf = (baseUrl: string, id: string): string => `${baseUrl}/Users/${id}`;

/** Makes a user as this directory answers it, before projection. */
export function toUserAnswer(baseUrl: string, { record, groups }: FoundUser): Attributes {
  const meta = {
    id: record.id,
    created: record.createdAt,
    lastModified: record.updatedAt,
    version: record.version,
    location: locationOf(baseUrl, record.id),
  };
  return toUserResource(
    record.user,
    meta,
    groups.map(({ id, displayName, type }) => ({
      value: id,
      display: displayName,
      type,
      $ref: `${baseUrl}/Groups/${id}`,
    })),
  );
}
