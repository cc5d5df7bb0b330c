export { type AccessGrant, issueAccessToken, looksLikeAccessToken, readAccessToken } from "./access-token.ts";
export { createKeyring, type Keyring } from "./keyring.ts";
export { lookupId } from "./lookup-id.ts";
export { loadOrCreateMasterKey } from "./master-key.ts";
export {
  createIdentityProvider,
  type IdentityFailure,
  type IdentityProvider,
  type IdentityProviderSettings,
  type VouchedIdentity,
} from "./oidc/identity-provider.ts";
export { isSameState, type SignInProof, signInProof } from "./oidc/sign-in-proof.ts";
export { type BasicCredential, parseBasic } from "./parse-basic.ts";
export { parseBearer } from "./parse-bearer.ts";
export { receiptJwks, receiptType, signReceipt } from "./receipt.ts";
export { type CredentialVerifier, rememberProofs } from "./remember-proofs.ts";
export { createDataKey, openSecret, rewrapDataKey, type SealAddress, SealError, sealSecret } from "./sealed-secret.ts";
export { type IssuedToken, issueToken, readToken, type TokenKind } from "./token.ts";
export { digestToken, dummyDigest, type StoredDigest, sameDigest, verifyCredential } from "./token-digest.ts";
export { createVerifierCache, type VerifierCache } from "./verifier-cache.ts";
