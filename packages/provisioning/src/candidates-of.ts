import type { Candidates, ConnectionPolicy } from "@muster/store";

/** Who may be in scope by any of these policies. */
export function candidatesOf(policies: readonly Pick<ConnectionPolicy, "everyone" | "assignedGroupIds">[]): Candidates {
  return {
    everyone: policies.some(({ everyone }) => everyone),
    groupIds: [...new Set(policies.flatMap(({ assignedGroupIds }) => assignedGroupIds))],
  };
}
