export { createKeyring, type Keyring } from "./keyring.ts";
export { lookupId } from "./lookup-id.ts";
export { loadOrCreateMasterKey } from "./master-key.ts";
export { parseBearer } from "./parse-bearer.ts";
export { createDataKey, openSecret, rewrapDataKey, type SealAddress, SealError, sealSecret } from "./sealed-secret.ts";
export { type IssuedToken, issueToken, readToken, type TokenKind } from "./token.ts";
export { digestToken, dummyDigest, type StoredDigest, sameDigest, verifyCredential } from "./token-digest.ts";
export { createVerifierCache, type VerifierCache } from "./verifier-cache.ts";
