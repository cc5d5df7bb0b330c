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
  UserChange,
  UserListing,
  UserLookup,
  UserPage,
} from "./connector.ts";
export type {
  CredentialContext,
  CredentialSource,
  NoCredential,
} from "./credential-source.ts";
export {
  dialFailureClass,
  type FailedDial,
  type FailedReply,
  type FailureClass,
  failureClass,
  type Operation,
} from "./failure-class.ts";
export type { ConnectorField, ConnectorMetadata } from "./kinds/connector-metadata.ts";
export type { ConnectorDeps, ConnectorKind, ReadOptions } from "./kinds/kind.ts";
export { type AppAt, appOf, connect, connectorKinds, findKind } from "./kinds/kinds.ts";
export { diffUser, type PatchOperation } from "./kinds/scim/diff-user.ts";
export { readSigningKey } from "./oauth/client-assertion.ts";
export { requestToken } from "./oauth/request-token.ts";
export {
  createTokenCache,
  type FetchToken,
  type TokenCache,
  type UsableToken,
  usableUntil,
} from "./oauth/token-cache.ts";
export { type CodeGrant, codeGrantRequest, tokenRequest } from "./oauth/token-request.ts";
export { type PreviewStep, previewRequests, type RequestPreview } from "./preview/preview-requests.ts";
export { isChangeable } from "./profiles/is-changeable.ts";
export type { LearnedSettings } from "./profiles/learned-settings.ts";
export { profileOf } from "./profiles/profile-of.ts";
export { isTaken, shapeUser } from "./profiles/shape-user.ts";
export type {
  Changeable,
  GroupAbilities,
  Paging,
  TargetProfile,
  UpdateMethod,
  UserAbilities,
} from "./profiles/target-profile.ts";
export { parseRetryAfter } from "./retry-after.ts";
export type {
  AuthorizationCodeAuth,
  FixedAuth,
  OAuthAuth,
  SignatureAuth,
  TargetAuth,
  TargetTls,
} from "./target-auth.ts";
