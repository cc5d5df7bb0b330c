import { scimProfiles } from "../../profiles/profile-of.ts";
import type { ConnectorMetadata } from "../connector-metadata.ts";
import type { ConnectorKind } from "../kind.ts";
import { createScimConnector } from "./create-scim-connector.ts";
import metadata from "./metadata.json" with { type: "json" };

/** Apps with a SCIM 2.0 endpoint. */
export const scim: ConnectorKind = {
  key: "scim",
  // The texts of a JSON file are typed as any text: that controls are among those that a form can render, a test holds.
  metadata: metadata as ConnectorMetadata,
  schemes: [
    "bearer",
    "header",
    "basic",
    "certificate",
    "oauthClientCredentials",
    "oauthPrivateKeyJwt",
    "oauthJwtBearer",
    "oauthAuthorizationCode",
  ],
  profiles: scimProfiles,
  connect: createScimConnector,
};
