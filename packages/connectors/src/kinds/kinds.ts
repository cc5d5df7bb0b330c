import type { Json } from "@muster/scim";
import type { Connector, Target } from "../connector.ts";
import { applyLearned, type LearnedSettings } from "../profiles/learned-settings.ts";
import type { TargetProfile } from "../profiles/target-profile.ts";
import { jumpcloud } from "./jumpcloud/jumpcloud.ts";
import type { ConnectorDeps, ConnectorKind } from "./kind.ts";
import { rest } from "./rest/rest.ts";
import { scim } from "./scim/scim.ts";
import { scim1 } from "./scim1/scim1.ts";
import { webhook } from "./webhook/webhook.ts";

/** Every kind of target, in the order of a list to choose from. A kind that is added here is offered, saved and driven. */
export const connectorKinds: readonly [ConnectorKind, ...ConnectorKind[]] = [scim, scim1, jumpcloud, webhook, rest];

const byKey = new Map(connectorKinds.map((kind) => [kind.key, kind]));

/** The kind of this key; undefined when there is none. */
export function findKind(key: string): ConnectorKind | undefined {
  return byKey.get(key);
}

/** Which app a connection is to: its kind (SCIM unless said), its profile, and what over that is known of it alone. */
export type AppAt = {
  kind?: string;
  /** The key of the app's profile; null for the first of its kind. */
  profile?: string | null | undefined;
  /** What its target has of its own. */
  targetOptions?: Json;
  /** What was found to be otherwise than the profile says. */
  learnedProfile?: LearnedSettings | null;
};

/** What a connection goes by. What an older version called otherwise is the first of its kind. */
export function appOf({ kind: key, profile, targetOptions, learnedProfile }: AppAt): TargetProfile {
  const kind = kindOf(key);
  const named = kind.profiles.find((one) => one.key === profile) ?? kind.profiles[0];
  const able = kind.applyOptions?.(named, targetOptions ?? null) ?? named;
  return learnedProfile === null || learnedProfile === undefined ? able : applyLearned(able, learnedProfile);
}

function kindOf(key: string | undefined): ConnectorKind {
  return byKey.get(key ?? scim.key) ?? scim;
}

/** Opens the connector of a target. */
export function connect(deps: ConnectorDeps, target: Target): Connector {
  const kind = findKind(target.kind);
  if (kind === undefined) throw new Error(`There is no kind of target "${target.kind}"`);
  return kind.connect(deps, target);
}
