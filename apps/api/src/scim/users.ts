import { changeUser, deleteUser, type FoundUser, listUsers, readUser } from "@muster/directory";
import {
  type Attributes,
  applyUserPatch,
  type Projection,
  parseListQuery,
  parseProjection,
  parseUser,
  project,
  sameUser,
  toListResponse,
  toUserResource,
} from "@muster/scim";
import type { ScimReply, ScimRequest, ScimRoute } from "../route.ts";
import { LIST_LIMITS, projectionQuery } from "./list-limits.ts";

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
      const { value: record, marked } = await deps.createUser(request.scope, user);
      deps.ring(request.scope.tenantId, marked);
      return show(request, { record, groups: [] }, projection, 201);
    },
  },
  {
    ...base,
    method: "get",
    needs: ["users:read"],
    path: "/Users",
    async handle(deps, request) {
      const query = parseListQuery(request.query, "User", LIST_LIMITS);
      const { total, users } = await listUsers(deps, request.scope, query);
      const resources = users.map((found) => project(toResource(request.baseUrl, found), query.projection));
      return { status: 200, body: toListResponse({ resources, totalResults: total, startIndex: query.startIndex }) };
    },
  },
  {
    ...base,
    method: "get",
    needs: ["users:read"],
    path: "/Users/:id",
    async handle(deps, request) {
      return show(request, await readUser(deps, request.scope, request.id), projectionOf(request), 200);
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
      const { value, marked } = await changeUser(deps, request.scope, target, (current) => {
        // A late profile update that says nothing of `active` brings nobody back (I08, F31).
        const user = activeGiven ? sent : { ...sent, active: current.active };
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
      const { value, marked } = await changeUser(deps, request.scope, target, (current) => {
        const { notes, ...change } = applyUserPatch(current, request.body, request.directory.schemas.User);
        request.note(notes);
        return change;
      });
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

const projectionOf = (request: ScimRequest): Projection => parseProjection(projectionQuery(request.query), "User");

function show(request: ScimRequest, found: FoundUser, projection: Projection, status: 200 | 201): ScimReply {
  const { record } = found;
  return {
    status,
    body: project(toResource(request.baseUrl, found), projection),
    location: locationOf(request.baseUrl, record.id),
    version: record.version,
  };
}

const locationOf = (baseUrl: string, id: string): string => `${baseUrl}/Users/${id}`;

function toResource(baseUrl: string, { record, groups }: FoundUser): Attributes {
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
