export {
  ActivationError,
  type ActivationReport,
  type IdentityProvider,
  type Person,
  type PersonChange,
  type ProviderGroup,
  type ProviderTarget,
  type ProviderUser,
  type SentRequest,
} from "./identity-providers/identity-provider.ts";
export { createJumpCloud, type JumpCloudOptions } from "./identity-providers/jumpcloud.ts";
export { UnexpectedAnswer } from "./identity-providers/scim-client.ts";
export type { AppAuth } from "./sample-app/app-auth.ts";
export type { Duplicate } from "./sample-app/duplicate-detector.ts";
export type { Fault, FaultBoard, FaultKind, FaultRequest, FaultScope } from "./sample-app/fault-board.ts";
export type { LedgerCounts, LedgerEntry } from "./sample-app/ledger.ts";
export type { AppCounts, AppGroup, AppUser, SampleApp, SampleAppOptions } from "./sample-app/sample-app.ts";
export { startSampleApp } from "./sample-app/start-sample-app.ts";
