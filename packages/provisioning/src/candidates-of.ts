import type { Candidates, ConnectionPolicy } from "@muster/store";

/** Who may be in scope by any of these policies, or by one that is tried out on them. */
export function candidatesOf(
  policies: readonly Pick<ConnectionPolicy, "reachesEveryone" | "assignedGroupIds" | "terms" | "rollout">[],
): Candidates {
  return {
    everyone: policies.some(({ reachesEveryone }) => reachesEveryone),
    groupIds: [
      ...new Set(
        policies.flatMap(({ assignedGroupIds, rollout }) => [...assignedGroupIds, ...(rollout?.groupIds ?? [])]),
      ),
    ],
    userIds: [
      ...new Set(policies.flatMap(({ terms, rollout }) => [...(terms?.userIds ?? []), ...(rollout?.userIds ?? [])])),
    ],
  };
}
