import { Mapping, Preview, PreviewRequest, PutMappingRequest } from "./mappings.ts";
import type { Operation } from "./operation.ts";
import { appParams, connectionParams } from "./operation-params.ts";

/** Which values of a person go where in an app. */
export const mappingOperations = {
  getAppMapping: {
    id: "getAppMapping",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps/{appId}/mapping",
    summary: "Read the attribute mapping of an app, which its connections have unless they have their own",
    params: appParams,
    success: { status: 200, schema: Mapping },
  },
  putAppMapping: {
    id: "putAppMapping",
    tag: "apps",
    method: "put",
    path: "/api/v1/apps/{appId}/mapping",
    summary: "Replace the attribute mapping of an app; the people of its connections are looked at again",
    params: appParams,
    body: PutMappingRequest,
    success: { status: 200, schema: Mapping },
  },
  getMapping: {
    id: "getMapping",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/mapping",
    summary: "Read the attribute mapping of a connection",
    params: connectionParams,
    success: { status: 200, schema: Mapping },
  },
  putMapping: {
    id: "putMapping",
    tag: "connections",
    method: "put",
    path: "/api/v1/connections/{connectionId}/mapping",
    summary: "Replace the attribute mapping of a connection; its people are looked at again",
    params: connectionParams,
    body: PutMappingRequest,
    success: { status: 200, schema: Mapping },
  },
  previewPerson: {
    id: "previewPerson",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/preview",
    summary:
      "See what would be sent for one person, also by a mapping that is not saved, and where each value comes from",
    params: connectionParams,
    body: PreviewRequest,
    success: { status: 200, schema: Preview },
  },
} as const satisfies Record<string, Operation>;
