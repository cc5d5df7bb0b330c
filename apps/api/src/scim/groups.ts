import { createGroup, deleteGroup, type FoundGroup, listGroups, readGroup } from "@muster/directory";
import {
  type Attributes,
  applyGroupPatch,
  carryImmutable,
  excludesMembers,
  type ListQuery,
  type Projection,
  parseGroup,
  parseListQuery,
  parseProjection,
  parseSearchRequest,
  project,
  sameGroup,
  toGroupResource,
} from "@muster/scim";
import type { ApiDeps } from "../api-deps.ts";
import type { ScimReply, ScimRequest, ScimRoute } from "../route.ts";
import { isUnchanged } from "./is-unchanged.ts";
import { LIST_LIMITS, MAX_SEARCH_BYTES, projectionQuery } from "./list-limits.ts";
import { toPage } from "./to-page.ts";

/** Fifty thousand members in one request fit. */
const MAX_BODY_BYTES = 5_000_000;

const base = { access: "directoryToken", maxBodyBytes: 0 } as const;
const writing = { access: "directoryToken", maxBodyBytes: MAX_BODY_BYTES } as const;

/** The /Groups endpoint (RFC 7644 §3). */
export const groupRoutes: readonly ScimRoute[] = [
  {
    ...writing,
    method: "post",
    needs: ["groups:create"],
    path: "/Groups",
    async handle(deps, request) {
      const projection = projectionOf(request);
      const { group, members, notes } = parseGroup(request.body, request.directory.schemas.Group);
      request.note(notes);
      const { value, marked } = await createGroup(deps, request.scope, { group, members: members ?? [] });
      request.note(value.notes);
      deps.ring(request.scope.tenantId, marked);
      return show(request, value, projection, 201);
    },
  },
  {
    ...base,
    method: "get",
    needs: ["groups:read"],
    path: "/Groups",
    handle: (deps, request) =>
      answerList(deps, request, parseListQuery(request.query, "Group", LIST_LIMITS, request.directory.schemas.Group)),
  },
  {
    ...base,
    method: "post",
    needs: ["groups:read"],
    path: "/Groups/.search",
    maxBodyBytes: MAX_SEARCH_BYTES,
    handle: (deps, request) =>
      answerList(
        deps,
        request,
        parseSearchRequest(request.body, "Group", LIST_LIMITS, request.directory.schemas.Group),
      ),
  },
  {
    ...base,
    method: "get",
    needs: ["groups:read"],
    path: "/Groups/:id",
    async handle(deps, request) {
      const projection = projectionOf(request);
      const wanted = { id: request.id, members: !excludesMembers(projection) };
      const found = await readGroup(deps, request.scope, wanted);
      const { version } = found.record;
      return isUnchanged(request, version) ? { status: 304, version } : show(request, found, projection, 200);
    },
  },
  {
    ...writing,
    method: "put",
    needs: ["groups:update"],
    path: "/Groups/:id",
    async handle(deps, request) {
      const projection = projectionOf(request);
      const { group, members, notes } = parseGroup(request.body, request.directory.schemas.Group);
      request.note(notes);
      const target = { id: request.id, expected: request.ifMatch, answerMembers: !excludesMembers(projection) };
      // PUT replaces: members left out are cleared like any other attribute (RFC 7644 §3.5.1).
      const { value, marked } = await deps.changeGroup(request.scope, target, (current) => {
        const { Group } = request.directory.schemas;
        const next = { ...group, attributes: carryImmutable(current.attributes, group.attributes, Group) };
        const all = { replaceAll: true, add: members ?? [], remove: [] };
        return { group: next, changed: !sameGroup(current, next), members: all };
      });
      request.note(value.notes);
      deps.ring(request.scope.tenantId, marked);
      return show(request, value, projection, 200);
    },
  },
  {
    ...writing,
    method: "patch",
    needs: ["groups:update"],
    path: "/Groups/:id",
    async handle(deps, request) {
      const projection = projectionOf(request);
      // 204 keeps a large group's members out of the answer; with `attributes` it must be 200 (RFC 7644 §3.5.2).
      const wantsBody = request.query.attributes !== undefined;
      const target = {
        id: request.id,
        expected: request.ifMatch,
        answerMembers: wantsBody && !excludesMembers(projection),
      };
      const { value, marked } = await deps.changeGroup(request.scope, target, (current) => {
        const { notes, ...change } = applyGroupPatch(current, request.body, request.directory.schemas.Group);
        request.note(notes);
        return change;
      });
      request.note(value.notes);
      deps.ring(request.scope.tenantId, marked);
      return wantsBody ? show(request, value, projection, 200) : { status: 204, version: value.record.version };
    },
  },
  {
    ...base,
    method: "delete",
    needs: ["groups:delete"],
    path: "/Groups/:id",
    async handle(deps, request) {
      const { marked } = await deleteGroup(deps, request.scope, { id: request.id, expected: request.ifMatch });
      deps.ring(request.scope.tenantId, marked);
      return { status: 204 };
    },
  },
];

async function answerList(deps: ApiDeps, request: ScimRequest, query: ListQuery): Promise<ScimReply> {
  const { filter, sort, page, projection } = query;
  const schema = request.directory.schemas.Group;
  const members = !excludesMembers(projection);
  const { total, groups, next } = await listGroups(deps, request.scope, {
    filter,
    sort,
    page,
    schema,
    baseUrl: request.baseUrl,
    members,
  });
  const resources = groups.map((found) => project(toGroupAnswer(request.baseUrl, found), projection));
  return { status: 200, body: toPage(query, { resources, total, next }) };
}

const projectionOf = (request: ScimRequest): Projection =>
  parseProjection(projectionQuery(request.query), "Group", request.directory.schemas.Group);

function show(request: ScimRequest, found: FoundGroup, projection: Projection, status: 200 | 201): ScimReply {
  const { record } = found;
  return {
    status,
    body: project(toGroupAnswer(request.baseUrl, found), projection),
    location: locationOf(request.baseUrl, record.id),
    version: record.version,
  };
}

const locationOf = (baseUrl: string, id: string): string => `${baseUrl}/Groups/${id}`;

/** Makes a group as this directory answers it, before projection. */
export function toGroupAnswer(baseUrl: string, { record, members }: FoundGroup): Attributes {
  const meta = {
    id: record.id,
    created: record.createdAt,
    lastModified: record.updatedAt,
    version: record.version,
    location: locationOf(baseUrl, record.id),
  };
  return toGroupResource(
    record.group,
    meta,
    (members ?? []).map((member) => ({
      value: member.id,
      display: member.display,
      type: member.type,
      $ref: `${baseUrl}/${member.type}s/${member.id}`,
    })),
  );
}
