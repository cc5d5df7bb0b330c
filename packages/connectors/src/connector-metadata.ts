import type { Target } from "./connector.ts";
import scim from "./scim/metadata.json" with { type: "json" };

/** One input of the form for a target; `path` is where its value goes in the Target, dots between the levels. */
export type ConnectorField = {
  path: string;
  control: "text" | "multiline" | "number" | "url" | "choice";
  label: string;
  help: string;
  required: boolean;
  /** Shown once at most, never sent back to a browser. */
  secret: boolean;
  default?: string;
  options?: { value: string; label: string }[];
  /** The input is there only while another one has this value. */
  when?: { path: string; is: string };
};
export type ConnectorMetadata = { kind: string; title: string; description: string; fields: ConnectorField[] };

/** What the portal needs to render a form for each kind of target. */
export const connectorMetadata: Readonly<Record<Target["kind"], ConnectorMetadata>> = {
  // The texts of a JSON file are typed as any text: that controls are among those that a form can render, a test holds.
  scim: scim as ConnectorMetadata,
};
