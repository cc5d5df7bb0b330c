import { AccountPage, AccountQuery, AttemptPage, AttemptQuery, ConnectionStatus, RetryResult } from "./accounts.ts";
import { App, AppPage, CreateAppRequest } from "./apps.ts";
import { AuditPage } from "./audit.ts";
import { Connection, ConnectionPage, CreateConnectionRequest, UpdateConnectionRequest } from "./connections.ts";
import {
  CreateDirectoryRequest,
  Directory,
  DirectoryCreated,
  DirectoryPage,
  DirectoryTokenCreated,
  DirectoryTokenPage,
} from "./directories.ts";
import type { Operation } from "./operation.ts";
import { PageQuery } from "./page.ts";
import { GroupMemberPage, GroupPage, ParkedMemberPage, UserPage, UserQuery } from "./people.ts";
import { closed, id, tokenId } from "./primitives.ts";
import { Assignments, PutAssignmentsRequest, PutRulesRequest, Rules } from "./rules.ts";
import { CreateTenantRequest, Tenant, TenantPage } from "./tenants.ts";

const noParams = closed({});
const appParams = closed({ appId: id });
const tenantParams = closed({ tenantId: id });
const directoryParams = closed({ tenantId: id, directoryId: id });
const tokenParams = closed({ tenantId: id, directoryId: id, tokenId });
const groupParams = closed({ tenantId: id, groupId: id });
const connectionParams = closed({ connectionId: id });

const appOperations = {
  createApp: {
    id: "createApp",
    tag: "apps",
    method: "post",
    path: "/api/v1/apps",
    summary: "Register an app and its roles",
    params: noParams,
    body: CreateAppRequest,
    success: { status: 201, schema: App },
  },
  listApps: {
    id: "listApps",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps",
    summary: "List apps",
    params: noParams,
    query: PageQuery,
    success: { status: 200, schema: AppPage },
  },
  getApp: {
    id: "getApp",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps/{appId}",
    summary: "Read an app",
    params: appParams,
    success: { status: 200, schema: App },
  },
} as const satisfies Record<string, Operation>;

const tenantOperations = {
  createTenant: {
    id: "createTenant",
    tag: "tenants",
    method: "post",
    path: "/api/v1/tenants",
    summary: "Onboard a tenant",
    params: noParams,
    body: CreateTenantRequest,
    success: { status: 201, schema: Tenant },
  },
  listTenants: {
    id: "listTenants",
    tag: "tenants",
    method: "get",
    path: "/api/v1/tenants",
    summary: "List tenants",
    params: noParams,
    query: PageQuery,
    success: { status: 200, schema: TenantPage },
  },
  getTenant: {
    id: "getTenant",
    tag: "tenants",
    method: "get",
    path: "/api/v1/tenants/{tenantId}",
    summary: "Read a tenant",
    params: tenantParams,
    success: { status: 200, schema: Tenant },
  },
  listUsers: {
    id: "listUsers",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/users",
    summary: "List the people of a tenant's directories",
    params: tenantParams,
    query: UserQuery,
    success: { status: 200, schema: UserPage },
  },
  listGroups: {
    id: "listGroups",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/groups",
    summary: "List the groups of a tenant's directories",
    params: tenantParams,
    query: PageQuery,
    success: { status: 200, schema: GroupPage },
  },
  listGroupMembers: {
    id: "listGroupMembers",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/groups/{groupId}/members",
    summary: "List the members of a group",
    params: groupParams,
    query: PageQuery,
    success: { status: 200, schema: GroupMemberPage },
  },
  listParkedMembers: {
    id: "listParkedMembers",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/groups/{groupId}/parked-members",
    summary: "List member values of a group that name nobody here yet",
    params: groupParams,
    query: PageQuery,
    success: { status: 200, schema: ParkedMemberPage },
  },
  listAudit: {
    id: "listAudit",
    tag: "audit",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/audit",
    summary: "List who changed what in a tenant",
    params: tenantParams,
    query: PageQuery,
    success: { status: 200, schema: AuditPage },
  },
} as const satisfies Record<string, Operation>;

const directoryOperations = {
  createDirectory: {
    id: "createDirectory",
    tag: "directories",
    method: "post",
    path: "/api/v1/tenants/{tenantId}/directories",
    summary: "Make a directory: an endpoint URL and a bearer token for an identity provider",
    params: tenantParams,
    body: CreateDirectoryRequest,
    success: { status: 201, schema: DirectoryCreated },
  },
  listDirectories: {
    id: "listDirectories",
    tag: "directories",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/directories",
    summary: "List the directories of a tenant",
    params: tenantParams,
    query: PageQuery,
    success: { status: 200, schema: DirectoryPage },
  },
  getDirectory: {
    id: "getDirectory",
    tag: "directories",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}",
    summary: "Read a directory",
    params: directoryParams,
    success: { status: 200, schema: Directory },
  },
  createDirectoryToken: {
    id: "createDirectoryToken",
    tag: "directories",
    method: "post",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/tokens",
    summary: "Issue another bearer token; the old ones stay live until they are revoked",
    params: directoryParams,
    success: { status: 201, schema: DirectoryTokenCreated },
  },
  listDirectoryTokens: {
    id: "listDirectoryTokens",
    tag: "directories",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/tokens",
    summary: "List a directory's bearer tokens, without their secrets",
    params: directoryParams,
    query: PageQuery,
    success: { status: 200, schema: DirectoryTokenPage },
  },
  revokeDirectoryToken: {
    id: "revokeDirectoryToken",
    tag: "directories",
    method: "delete",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/tokens/{tokenId}",
    summary: "Revoke a bearer token",
    params: tokenParams,
    success: { status: 204 },
  },
} as const satisfies Record<string, Operation>;

const connectionOperations = {
  createConnection: {
    id: "createConnection",
    tag: "connections",
    method: "post",
    path: "/api/v1/tenants/{tenantId}/connections",
    summary: "Connect a tenant's directory to an app",
    params: tenantParams,
    body: CreateConnectionRequest,
    success: { status: 201, schema: Connection },
  },
  listConnections: {
    id: "listConnections",
    tag: "connections",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/connections",
    summary: "List the connections of a tenant",
    params: tenantParams,
    query: PageQuery,
    success: { status: 200, schema: ConnectionPage },
  },
  getConnection: {
    id: "getConnection",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}",
    summary: "Read a connection, without its secrets",
    params: connectionParams,
    success: { status: 200, schema: Connection },
  },
  updateConnection: {
    id: "updateConnection",
    tag: "connections",
    method: "patch",
    path: "/api/v1/connections/{connectionId}",
    summary: "Change a connection; a target is replaced as a whole, its secret included",
    params: connectionParams,
    body: UpdateConnectionRequest,
    success: { status: 200, schema: Connection },
  },
  getAssignments: {
    id: "getAssignments",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/assignments",
    summary: "Read who gets an account in the app",
    params: connectionParams,
    success: { status: 200, schema: Assignments },
  },
  putAssignments: {
    id: "putAssignments",
    tag: "connections",
    method: "put",
    path: "/api/v1/connections/{connectionId}/assignments",
    summary: "Replace who gets an account in the app",
    params: connectionParams,
    body: PutAssignmentsRequest,
    success: { status: 200, schema: Assignments },
  },
  getRules: {
    id: "getRules",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/rules",
    summary: "Read which groups give which roles",
    params: connectionParams,
    success: { status: 200, schema: Rules },
  },
  putRules: {
    id: "putRules",
    tag: "connections",
    method: "put",
    path: "/api/v1/connections/{connectionId}/rules",
    summary: "Replace which groups give which roles",
    params: connectionParams,
    body: PutRulesRequest,
    success: { status: 200, schema: Rules },
  },
} as const satisfies Record<string, Operation>;

const accountOperations = {
  getConnectionStatus: {
    id: "getConnectionStatus",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/status",
    summary: "Read how far the app is from what it should hold",
    params: connectionParams,
    success: { status: 200, schema: ConnectionStatus },
  },
  listAccounts: {
    id: "listAccounts",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/accounts",
    summary: "List the accounts of a connection",
    params: connectionParams,
    query: AccountQuery,
    success: { status: 200, schema: AccountPage },
  },
  listAttempts: {
    id: "listAttempts",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/attempts",
    summary: "List what was sent to the app and how it answered",
    params: connectionParams,
    query: AttemptQuery,
    success: { status: 200, schema: AttemptPage },
  },
  retryConnection: {
    id: "retryConnection",
    tag: "accounts",
    method: "post",
    path: "/api/v1/connections/{connectionId}/retry",
    summary: "Make stopped and failing accounts due now",
    params: connectionParams,
    success: { status: 200, schema: RetryResult },
  },
} as const satisfies Record<string, Operation>;

/** The whole admin API, keyed by operation id. */
export const operations = {
  ...appOperations,
  ...tenantOperations,
  ...directoryOperations,
  ...connectionOperations,
  ...accountOperations,
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;
