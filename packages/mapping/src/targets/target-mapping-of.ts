import { defaultRows } from "../default-rows.ts";
import { jumpcloud } from "./jumpcloud.ts";
import type { TargetMapping } from "./target-mapping.ts";

const ANY: TargetMapping = { rows: defaultRows, payloadRules: [], takes: null };
const BY_PROFILE: ReadonlyMap<string, TargetMapping> = new Map([["jumpcloud", jumpcloud]]);

/** What is known of the app that a connection's profile names; of any other app nothing. */
export function targetMappingOf(profile: string | null): TargetMapping {
  return (profile === null ? undefined : BY_PROFILE.get(profile)) ?? ANY;
}
