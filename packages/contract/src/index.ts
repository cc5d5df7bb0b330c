export type {
  AccountQuery,
  AccountState,
  AccountView,
  AttemptDetail,
  AttemptQuery,
  AttemptView,
  ConnectionStatus,
  RetryResult,
  WaitsFor,
} from "./accounts.ts";
export type { Plan, PlanRequest, PlanStep, ProvisionReport, RedriveRequest, TimelineEntry } from "./act.ts";
export { planSteps } from "./act.ts";
export type { AppMappingVersionEntry } from "./app-mapping-versions.ts";
export type { Approval, ApprovalAction, DecideApprovalsRequest } from "./approvals.ts";
export type { App, CreateAppRequest, Role } from "./apps.ts";
export type { AuditEntry } from "./audit.ts";
export type { Branding, PublicBranding, UpdateBrandingRequest } from "./branding.ts";
export type {
  Comparison,
  Finding,
  FindingQuery,
  StartComparisonRequest,
} from "./comparisons.ts";
export type { Candidate, Conflict, ConflictQuery, DecideConflictRequest } from "./conflicts.ts";
export { authSchemes, ConnectionAuth, ConnectionTls } from "./connection-auth.ts";
export type { ConnectionTarget, ConnectionTargetView } from "./connection-targets.ts";
export type {
  Adoption,
  Connection,
  ConnectionSettings,
  ConnectionSettingsInput,
  ConnectionState,
  CreateConnectionRequest,
  UpdateConnectionRequest,
} from "./connections.ts";
export { defaultConnectionSettings } from "./connections.ts";
export type { ConnectorList, TargetProfile } from "./connectors.ts";
export type { Consent } from "./consent-operations.ts";
export { ContractError, type Issue } from "./contract-error.ts";
export { createValidator, type Validator } from "./create-validator.ts";
export type {
  CreateDirectoryRequest,
  Directory,
  DirectoryCreated,
  DirectoryProvider,
  UpdateDirectoryRequest,
} from "./directories.ts";
export { directoryProviders } from "./directories.ts";
export type {
  CreateDirectoryClientRequest,
  CreateDirectoryTokenRequest,
  DirectoryClientCreated,
  DirectoryScopeName,
  DirectoryToken,
  DirectoryTokenCreated,
} from "./directory-tokens.ts";
export { directoryScopes } from "./directory-tokens.ts";
export type { Event, EventPage, EventStream, EventType, PutEventStreamRequest, SnapshotLine } from "./events.ts";
export { defaultEventLimit, eventTypes } from "./events.ts";
export type { Extension, Extensions, PutExtensionsRequest } from "./extensions.ts";
export type { HeldPerson, Hold } from "./holds.ts";
export type { LockoutGuard, ManualRoles, PutLockoutGuardRequest, PutManualRolesRequest } from "./lockout.ts";
export type { Mapping, MappingRow, MappingRowInput, Preview, PreviewRequest, PutMappingRequest } from "./mappings.ts";
export {
  type CreateMemberRequest,
  type Member,
  type MemberRole,
  memberRoles,
  type UpdateMemberRequest,
} from "./members.ts";
export type { Notice } from "./notices.ts";
export type { Offboarding, OffboardingLine, Receipt, Removal, RemovalSummary } from "./offboarding.ts";
export { type OpenApiDocument, openApiDocument } from "./openapi-document.ts";
export type { AnswerOf, BodyOf, Lines, Live, Method, Operation, ParamsOf, QueryOf, SuccessOf } from "./operation.ts";
export { type OperationId, operations } from "./operations.ts";
export type { ConnectionHealth, Overview } from "./overview.ts";
export { defaultPageSize, type Page, type PageQuery } from "./page.ts";
export type { GroupMember, GroupQuery, GroupView, ParkedMember, UserDetail, UserQuery, UserView } from "./people.ts";
export type { EditPlan, PlanOfEdit, RequestPlanRequest } from "./plans.ts";
export type { PolicyChanges, PolicyVersion, PolicyVersionEntry } from "./policy-versions.ts";
export {
  type CreatedPortalLink,
  type CreatePortalLinkRequest,
  type PortalLink,
  type PortalRightsName,
  secondCodeFromS,
} from "./portal-links.ts";
export type { LearnedSettings, Probe, StartProbeRequest } from "./probes.ts";
export { invalidRequestProblem, type Problem, type ProblemInput, problem, problemMediaType } from "./problem.ts";
export type { RemoteGroup, RemoteMember } from "./remote-groups.ts";
export type { DialectQuery, Dialects, RequestDetail, RequestQuery, RequestView } from "./requests.ts";
export { defaultDialectDays } from "./requests.ts";
export type { PutRolloutPeopleRequest, Rollout, StartRolloutRequest } from "./rollouts.ts";
export type { Assignments, BoundGroup, GroupRef, PutAssignmentsRequest, PutRulesRequest, Rules } from "./rules.ts";
export {
  type BegunSignIn,
  type CreateSessionRequest,
  csrfHeader,
  type Session,
  type SignInFailure,
  type SignInMethods,
  sessionOperations,
  signInFailures,
} from "./sessions.ts";
export type { CreateTenantRequest, Tenant, UpdateTenantRequest } from "./tenants.ts";
export type { RequestUndoRequest, Undo, UndoEntry, UndoItem } from "./undos.ts";
export type {
  CreateWebhookRequest,
  Delivery,
  RedeliverRequest,
  TenantWebhook,
  UpdateWebhookRequest,
  Webhook,
  WebhookCreated,
} from "./webhooks.ts";
export type { Why } from "./why.ts";
