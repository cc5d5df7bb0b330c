import type { Dialer } from "@muster/runtime";
import type { Json } from "@muster/scim";
import type { Connector, Target } from "../connector.ts";
import type { TargetProfile } from "../profiles/target-profile.ts";
import type { TargetAuth } from "../target-auth.ts";
import type { ConnectorMetadata } from "./connector-metadata.ts";

export type ConnectorDeps = { dialer: Dialer; now?: () => Date };

/** What a target has besides its address and its sign-in, once it was read; or why it cannot be taken, by the name of the field. */
export type ReadOptions = { kind: "read"; options: Json } | { kind: "refused"; problem: string };

/**
 * One kind of target: how apps of it are asked for, signed in to and spoken to. Nothing else in the code names a kind; what apps of it
 * can do is in their profiles, and everybody goes by those.
 */
export type ConnectorKind = {
  key: string;
  /** The form that asks for a target of this kind. */
  metadata: ConnectorMetadata;
  /** The ways to sign in that it has. */
  schemes: readonly TargetAuth["scheme"][];
  /** The apps that are known. The first is the one of which nothing is known: a connection that names none goes by it. */
  profiles: readonly [TargetProfile, ...TargetProfile[]];
  /** Reads what a target of this kind has of its own before it is saved. Left out where there is nothing of the sort. */
  readOptions?: (given: Json) => ReadOptions;
  /** What of a profile a target's own options leave; what is left out of the options is a capability that is missing. */
  applyOptions?: (profile: TargetProfile, options: Json) => TargetProfile;
  connect(deps: ConnectorDeps, target: Target): Connector;
};
