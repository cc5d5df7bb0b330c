import type { TargetAuth } from "../target-auth.ts";

/** The ways to sign in by something that goes with every request, or with the connection; of a kind that leaves it to the app. */
export const credentialSchemes: readonly TargetAuth["scheme"][] = [
  "bearer",
  "header",
  "basic",
  "certificate",
  "oauthClientCredentials",
  "oauthPrivateKeyJwt",
  "oauthJwtBearer",
  "oauthAuthorizationCode",
];
