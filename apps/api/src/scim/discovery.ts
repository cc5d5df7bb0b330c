import {
  type Attributes,
  type ResourceSchema,
  resourceTypes,
  ScimError,
  schemas,
  serviceProviderConfig,
  toListResponse,
} from "@muster/scim";
import type { ScimReply, ScimRequest, ScimRoute } from "../route.ts";
import { BULK_LIMITS, LIST_LIMITS } from "./list-limits.ts";

const base = { access: "directoryToken", needs: [], maxBodyBytes: 0, method: "get" } as const;

/** What this service is and can (RFC 7644 §4), and what it says of endpoints that it does not offer. */
export const discoveryRoutes: readonly ScimRoute[] = [
  {
    ...base,
    path: "/ServiceProviderConfig",
    handle: async (_deps, request) =>
      one(request, serviceProviderConfig({ baseUrl: request.baseUrl, ...LIST_LIMITS, bulk: BULK_LIMITS })),
  },
  {
    ...base,
    path: "/ResourceTypes",
    handle: async (_deps, request) => all(request, resourceTypes(request.baseUrl, schemasOf(request))),
  },
  {
    ...base,
    path: "/ResourceTypes/:id",
    handle: async (_deps, request) => byId(request, resourceTypes(request.baseUrl, schemasOf(request))),
  },
  {
    ...base,
    path: "/Schemas",
    handle: async (_deps, request) => all(request, schemas(request.baseUrl, schemasOf(request))),
  },
  {
    ...base,
    path: "/Schemas/:id",
    handle: async (_deps, request) => byId(request, schemas(request.baseUrl, schemasOf(request))),
  },
  // Whatever one would do with it (RFC 7644 §3.11).
  ...(["get", "post", "put", "patch", "delete"] as const).map((method) => ({
    ...base,
    method,
    path: "/Me",
    handle: notOffered("/Me"),
  })),
];

const schemasOf = (request: ScimRequest): ResourceSchema[] => Object.values(request.directory.schemas);

function one(request: ScimRequest, body: Attributes): ScimReply {
  refuseFilter(request);
  return { status: 200, body };
}

function all(request: ScimRequest, resources: Attributes[]): ScimReply {
  refuseFilter(request);
  return { status: 200, body: toListResponse({ resources, totalResults: resources.length, startIndex: 1 }) };
}

function byId(request: ScimRequest, resources: Attributes[]): ScimReply {
  const wanted = request.id.toLowerCase();
  const body = resources.find((resource) => typeof resource.id === "string" && resource.id.toLowerCase() === wanted);
  if (body === undefined) throw new ScimError(404, undefined, `There is no "${request.id}" here`);
  return { status: 200, body };
}

function refuseFilter(request: ScimRequest): void {
  if (request.query.filter !== undefined)
    throw new ScimError(403, undefined, "Discovery endpoints take no filter (RFC 7644 §4)");
}

function notOffered(what: string): ScimRoute["handle"] {
  return async () => {
    throw new ScimError(501, undefined, `${what} is not offered; send the requests one by one`);
  };
}
