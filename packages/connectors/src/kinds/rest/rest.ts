import type { ConnectorMetadata } from "../connector-metadata.ts";
import type { ConnectorKind } from "../kind.ts";
import { createRestConnector } from "./create-rest-connector.ts";
import metadata from "./metadata.json" with { type: "json" };
import { applyTemplate, restProfile } from "./profile.ts";
import { readRestOptions } from "./read-rest-options.ts";

/** Apps with an API of their own, spoken to by templates. */
export const rest: ConnectorKind = {
  key: "rest",
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
  profiles: [restProfile],
  readOptions: readRestOptions,
  applyOptions: applyTemplate,
  connect: createRestConnector,
};
