import type { Keyring } from "../keyring.ts";
import { digestToken, sameDigest } from "../token-digest.ts";

/** What ties an answer of the identity provider to the browser that asked: each is 256 bits in base64url. */
export type SignInProof = {
  /** Comes back in the address (RFC 6749 section 10.12). */
  state: string;
  /** Comes back in the ID token (OpenID Connect Core section 3.1.2.1). */
  nonce: string;
  /** Goes along with the code (RFC 7636); its hash went before. */
  codeVerifier: string;
};

/** Follows from the token that only this browser holds, so nothing of it is kept, and the address that comes back gives no other away. */
export function signInProof(keyring: Keyring, token: string): SignInProof {
  const derive = (use: string) => digestToken(keyring, `${use}:${token}`).toString("base64url");
  return { state: derive("oidc-state"), nonce: derive("oidc-nonce"), codeVerifier: derive("oidc-verifier") };
}

/** Compares a state that came back, in constant time. */
export function isSameState(proof: SignInProof, state: string): boolean {
  return sameDigest(Buffer.from(state, "base64url"), Buffer.from(proof.state, "base64url"));
}
