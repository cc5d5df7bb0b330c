import type { JsonObject } from "./json-object.ts";

/** What the app announces about itself (RFC 7643 §5). */
export function serviceProviderConfig(rules: { baseUrl: string; maxResults: number }): JsonObject {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 1_000, maxPayloadSize: 1_048_576 },
    filter: { supported: true, maxResults: rules.maxResults },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "A token in the Authorization header",
        primary: true,
      },
    ],
    meta: { resourceType: "ServiceProviderConfig", location: `${rules.baseUrl}/ServiceProviderConfig` },
  };
}
