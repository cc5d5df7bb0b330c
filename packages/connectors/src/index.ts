export type {
  CallContext,
  CallOutcome,
  Connector,
  Exchange,
  GroupCallOutcome,
  GroupConnector,
  GroupLookup,
  MemberChange,
  RawAnswer,
  RawRequest,
  RemoteGroup,
  RemoteUser,
  Target,
  TargetAuth,
  UserChange,
  UserListing,
  UserLookup,
  UserPage,
} from "./connector.ts";
export { type ConnectorField, type ConnectorMetadata, connectorMetadata } from "./connector-metadata.ts";
export {
  dialFailureClass,
  type FailedDial,
  type FailedReply,
  type FailureClass,
  failureClass,
  type Operation,
} from "./failure-class.ts";
export { isChangeable } from "./profiles/is-changeable.ts";
export { applyLearned, type LearnedSettings } from "./profiles/learned-settings.ts";
export { findProfile, profileOf, targetProfiles } from "./profiles/profile-of.ts";
export { shapeUser } from "./profiles/shape-user.ts";
export type {
  Changeable,
  GroupAbilities,
  Paging,
  TargetProfile,
  UpdateMethod,
  UserAbilities,
} from "./profiles/target-profile.ts";
export { parseRetryAfter } from "./retry-after.ts";
export { createScimConnector, type ScimConnectorDeps } from "./scim/create-scim-connector.ts";
export { diffUser, type PatchOperation } from "./scim/diff-user.ts";
