import { RetryResult } from "./accounts.ts";
import type { Operation } from "./operation.ts";
import { connectionParams, remoteGroupParams } from "./operation-params.ts";
import {
  RemoteGroupPage,
  RemoteGroupQuery,
  RemoteMemberPage,
  RemoteMemberQuery,
  RetryRemoteGroupRequest,
} from "./remote-groups.ts";

/** The groups that a connection pushes. */
export const remoteGroupOperations = {
  listRemoteGroups: {
    id: "listRemoteGroups",
    tag: "groups",
    method: "get",
    path: "/api/v1/connections/{connectionId}/groups",
    summary: "List the groups that a connection pushes",
    params: connectionParams,
    query: RemoteGroupQuery,
    success: { status: 200, schema: RemoteGroupPage },
  },
  listRemoteMembers: {
    id: "listRemoteMembers",
    tag: "groups",
    method: "get",
    path: "/api/v1/connections/{connectionId}/groups/{groupId}/members",
    summary: "List who is in a pushed group, is missing there or is refused",
    params: remoteGroupParams,
    query: RemoteMemberQuery,
    success: { status: 200, schema: RemoteMemberPage },
  },
  retryRemoteGroup: {
    id: "retryRemoteGroup",
    tag: "groups",
    method: "post",
    path: "/api/v1/connections/{connectionId}/groups/{groupId}/retry",
    summary: "Try a pushed group again now, with whom the app refused; perhaps linked to a group of the app",
    params: remoteGroupParams,
    body: RetryRemoteGroupRequest,
    bodyOptional: true,
    success: { status: 200, schema: RetryResult },
  },
} as const satisfies Record<string, Operation>;
