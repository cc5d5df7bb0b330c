import { AppMappingVersion, AppMappingVersionEntry, AppMappingVersionPage } from "./app-mapping-versions.ts";
import { Mapping, Preview, PreviewRequest, PutMappingRequest } from "./mappings.ts";
import type { Operation } from "./operation.ts";
import { appParams, appVersionParams, connectionParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";
import { ChangesQuery, PolicyChanges } from "./policy-versions.ts";

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
  listAppMappingVersions: {
    id: "listAppMappingVersions",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps/{appId}/mapping/versions",
    summary: "List the versions of an app's mapping, the newest first",
    params: appParams,
    query: PageQuery,
    success: { status: 200, schema: AppMappingVersionPage },
  },
  getAppMappingVersion: {
    id: "getAppMappingVersion",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps/{appId}/mapping/versions/{mappingVersionId}",
    summary: "Read an app's mapping as it was in a version",
    params: appVersionParams,
    success: { status: 200, schema: AppMappingVersion },
  },
  getAppMappingChanges: {
    id: "getAppMappingChanges",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps/{appId}/mapping/versions/{mappingVersionId}/changes",
    summary: "List what differs between a version of an app's mapping and an earlier one",
    params: appVersionParams,
    query: ChangesQuery,
    success: { status: 200, schema: PolicyChanges },
  },
  restoreAppMappingVersion: {
    id: "restoreAppMappingVersion",
    tag: "apps",
    method: "post",
    path: "/api/v1/apps/{appId}/mapping/versions/{mappingVersionId}/restore",
    summary:
      "Save an earlier version of an app's mapping again, as a new one; the people of its connections are looked at again",
    params: appVersionParams,
    success: { status: 200, schema: AppMappingVersionEntry },
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
