import { jumpcloudDirectory } from "../../profiles/jumpcloud-directory.ts";
import type { ConnectorMetadata } from "../connector-metadata.ts";
import type { ConnectorKind } from "../kind.ts";
import { createJumpCloudConnector } from "./create-jumpcloud-connector.ts";
import metadata from "./metadata.json" with { type: "json" };
import { readJumpCloudOptions } from "./read-options.ts";

/** JumpCloud's directory API (SA27, SA28). */
export const jumpcloud: ConnectorKind = {
  key: "jumpcloud",
  // The texts of a JSON file are typed as any text: that controls are among those that a form can render, a test holds.
  metadata: metadata as ConnectorMetadata,
  schemes: ["header"],
  profiles: [jumpcloudDirectory],
  readOptions: readJumpCloudOptions,
  connect: createJumpCloudConnector,
};
