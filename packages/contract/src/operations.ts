import {
  AccountPage,
  AccountQuery,
  AttemptDetail,
  AttemptPage,
  AttemptQuery,
  ConnectionStatus,
  RetryResult,
} from "./accounts.ts";
import { actOperations } from "./act-operations.ts";
import { admissionOperations } from "./admission-operations.ts";
import { appOperations } from "./app-operations.ts";
import { approvalOperations } from "./approval-operations.ts";
import { AuditPage } from "./audit.ts";
import { brandingOperations } from "./branding.ts";
import { comparisonOperations } from "./comparison-operations.ts";
import { Connection, ConnectionPage, CreateConnectionRequest, UpdateConnectionRequest } from "./connections.ts";
import { ConnectorList } from "./connectors.ts";
import { consentOperations } from "./consent-operations.ts";
import { directoryOperations, requestOperations } from "./directory-operations.ts";
import { eventOperations } from "./event-operations.ts";
import { holdOperations } from "./hold-operations.ts";
import { liveOperations } from "./live-operations.ts";
import { lockoutOperations } from "./lockout-operations.ts";
import { mappingOperations } from "./mapping-operations.ts";
import { memberOperations } from "./members.ts";
import { NoticePage } from "./notices.ts";
import { offboardingOperations } from "./offboarding-operations.ts";
import type { Operation } from "./operation.ts";
import {
  attemptParams,
  connectionParams,
  groupParams,
  noParams,
  personParams,
  tenantParams,
} from "./operation-params.ts";
import { overviewOperations } from "./overview.ts";
import { PageQuery } from "./page.ts";
import {
  GroupMemberPage,
  GroupPage,
  GroupQuery,
  GroupView,
  ParkedMemberPage,
  UserDetail,
  UserPage,
  UserQuery,
} from "./people.ts";
import { planOperations } from "./plan-operations.ts";
import { portalLinkOperations } from "./portal-links.ts";
import { probeOperations } from "./probe-operations.ts";
import { remoteGroupOperations } from "./remote-group-operations.ts";
import { rolloutOperations } from "./rollout-operations.ts";
import { Assignments, PutAssignmentsRequest, PutRulesRequest, Rules } from "./rules.ts";
import { CreateTenantRequest, Tenant, TenantPage, UpdateTenantRequest } from "./tenants.ts";
import { undoOperations } from "./undo-operations.ts";
import { webhookOperations } from "./webhook-operations.ts";

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
  updateTenant: {
    id: "updateTenant",
    tag: "tenants",
    method: "patch",
    path: "/api/v1/tenants/{tenantId}",
    summary: "Rename, suspend or resume a tenant",
    params: tenantParams,
    body: UpdateTenantRequest,
    success: { status: 200, schema: Tenant },
  },
  listNotices: {
    id: "listNotices",
    tag: "tenants",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/notices",
    summary: "List what an administrator should know, such as tokens that expire soon",
    params: tenantParams,
    query: PageQuery,
    success: { status: 200, schema: NoticePage },
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
  getUser: {
    id: "getUser",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/users/{userId}",
    summary: "Read a person with all attributes",
    params: personParams,
    success: { status: 200, schema: UserDetail },
  },
  listGroups: {
    id: "listGroups",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/groups",
    summary: "List the groups of a tenant's directories",
    params: tenantParams,
    query: GroupQuery,
    success: { status: 200, schema: GroupPage },
  },
  getGroup: {
    id: "getGroup",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/groups/{groupId}",
    summary: "Read a group, without its members",
    params: groupParams,
    success: { status: 200, schema: GroupView },
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

const connectionOperations = {
  getConnectors: {
    id: "getConnectors",
    tag: "connections",
    method: "get",
    path: "/api/v1/connectors",
    summary: "Read the kinds of target and the apps that are known, with what a form needs",
    params: noParams,
    success: { status: 200, schema: ConnectorList },
  },
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
  pauseConnection: {
    id: "pauseConnection",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/pause",
    summary: "Stop sending to an app; what changes meanwhile is kept",
    params: connectionParams,
    success: { status: 200, schema: Connection },
  },
  resumeConnection: {
    id: "resumeConnection",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/resume",
    summary: "Send again, the newest state of everything; one in quarantine or disabled is probed at once",
    params: connectionParams,
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
  getAttempt: {
    id: "getAttempt",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/attempts/{attemptId}",
    summary: "Read one attempt with what went over the wire, masked",
    params: attemptParams,
    success: { status: 200, schema: AttemptDetail },
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
  ...overviewOperations,
  ...appOperations,
  ...tenantOperations,
  ...directoryOperations,
  ...requestOperations,
  ...connectionOperations,
  ...mappingOperations,
  ...accountOperations,
  ...liveOperations,
  ...lockoutOperations,
  ...consentOperations,
  ...admissionOperations,
  ...approvalOperations,
  ...planOperations,
  ...rolloutOperations,
  ...probeOperations,
  ...undoOperations,
  ...comparisonOperations,
  ...holdOperations,
  ...actOperations,
  ...eventOperations,
  ...webhookOperations,
  ...offboardingOperations,
  ...remoteGroupOperations,
  ...portalLinkOperations,
  ...brandingOperations,
  ...memberOperations,
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;
