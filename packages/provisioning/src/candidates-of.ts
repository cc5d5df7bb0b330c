import type { Candidates, ConnectionPolicy } from "@muster/store";

/** Who may be in scope by any of these policies. */
export function candidatesOf(
  policies: readonly Pick<ConnectionPolicy, "reachesEveryone" | "assignedGroupIds" | "terms">[],
): Candidates {
  return {
    everyone: policies.some(({ reachesEveryone }) => reachesEveryone),
    groupIds: [...new Set(policies.flatMap(({ assignedGroupIds }) => assignedGroupIds))],
    userIds: [...new Set(policies.flatMap(({ terms }) => terms?.userIds ?? []))],
  };
}
