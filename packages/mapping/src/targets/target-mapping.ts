import type { TargetRule } from "../attributes/check-payload.ts";
import type { MappingRow } from "../attributes/compile-mapping.ts";

/** What is known of one kind of app, as data. */
export type TargetMapping = {
  /** What a connection begins with. */
  rows: readonly MappingRow[];
  /** What the app demands of a user, checked before anything is sent (E7). */
  payloadRules: readonly TargetRule[];
  /** Attributes that it takes besides userName, externalId and active; others are left out, and said to be (SB35). Null for all. */
  takes: readonly string[] | null;
};
