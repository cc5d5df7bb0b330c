import { scim1Generic } from "../../profiles/scim1-generic.ts";
import type { ConnectorField } from "../connector-metadata.ts";
import type { ConnectorKind } from "../kind.ts";
import { scim } from "../scim/scim.ts";
import { createScim1Connector } from "./create-scim1-connector.ts";

const HELP: Readonly<Record<string, string>> = {
  baseUrl:
    "The address below which the app has /Users, for example https://app.example.com/scim/v1. Only https on port 443, unless the deployment allows more.",
  updateMethod:
    "PATCH sends what changed and leaves the rest of the app's record alone, where the app announces it; else, and by PUT, the whole user is sent, which clears what is left out.",
};

/** Apps with a SCIM 1.1 endpoint: asked for and signed in to as those with one of 2.0 are (H8). */
export const scim1: ConnectorKind = {
  key: "scim1",
  metadata: {
    kind: "scim1",
    title: "SCIM 1.1",
    description: "Older apps with a SCIM 1.1 endpoint (schema urn:scim:schemas:core:1.0).",
    fields: scim.metadata.fields.map((field): ConnectorField => ({ ...field, help: HELP[field.path] ?? field.help })),
  },
  schemes: scim.schemes,
  profiles: [scim1Generic],
  connect: createScim1Connector,
};
