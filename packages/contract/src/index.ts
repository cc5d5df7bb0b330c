export type {
  AccountQuery,
  AccountState,
  AccountView,
  AttemptQuery,
  AttemptView,
  ConnectionStatus,
  RetryResult,
} from "./accounts.ts";
export type { App, CreateAppRequest, Role } from "./apps.ts";
export type { AuditEntry } from "./audit.ts";
export type {
  Connection,
  ConnectionAuth,
  ConnectionSettings,
  ConnectionSettingsInput,
  ConnectionState,
  ConnectionTarget,
  ConnectionTargetView,
  CreateConnectionRequest,
  UpdateConnectionRequest,
} from "./connections.ts";
export { defaultConnectionSettings } from "./connections.ts";
export { ContractError, type Issue } from "./contract-error.ts";
export { createValidator, type Validator } from "./create-validator.ts";
export type {
  CreateDirectoryRequest,
  Directory,
  DirectoryCreated,
  DirectoryProvider,
  DirectoryToken,
  DirectoryTokenCreated,
} from "./directories.ts";
export { directoryProviders } from "./directories.ts";
export { type OpenApiDocument, openApiDocument } from "./openapi-document.ts";
export type { BodyOf, Method, Operation, ParamsOf, QueryOf, SuccessOf } from "./operation.ts";
export { type OperationId, operations } from "./operations.ts";
export { defaultPageSize, type Page, type PageQuery } from "./page.ts";
export type { GroupMember, GroupView, ParkedMember, UserQuery, UserView } from "./people.ts";
export { invalidRequestProblem, type Problem, type ProblemInput, problem, problemMediaType } from "./problem.ts";
export type { Assignments, BoundGroup, GroupRef, PutAssignmentsRequest, PutRulesRequest, Rules } from "./rules.ts";
export type { CreateTenantRequest, Tenant } from "./tenants.ts";
