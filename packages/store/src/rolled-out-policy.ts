import type { MappingRow } from "@muster/mapping";
import type { PolicyParts, PolicyRule } from "./policy-parts.ts";
import type { RolloutPolicy } from "./rollout-tables.ts";

/** An edit that is tried out: on single people, and on the members of groups. */
export type RolledOutPolicy = {
  version: { id: string; number: number };
  userIds: string[];
  groupIds: string[];
  /** Every part of the policy as it would be. */
  policy: PolicyParts;
};

export type RolloutRow = {
  versionId: string;
  number: number;
  policy: RolloutPolicy;
  userIds: string[] | null;
  groups: { part: "chosen" | "assigned" | "rule"; position: number; groupId: string }[] | null;
};

/** The rollout as an expression of the statement that reads the policy, over `tried`; null where there is none. */
export const ROLLOUT = `case when tried.version_id is not null then json_build_object('versionId', tried.version_id, 'number', tried.number, 'policy', tried.policy,
    'userIds', (select json_agg(user_id order by user_id) from rollout_people p where p.tenant_id = $1 and p.connection_id = $2),
    'groups', (select json_agg(json_build_object('part', part, 'position', position, 'groupId', group_id) order by part, position, group_id)
      from rollout_groups g where g.tenant_id = $1 and g.connection_id = $2)) end`;

/** What is evaluated of a rollout, with its groups as they are bound now. */
export function toRollout(row: RolloutRow, appMapping: MappingRow[] | null): RolledOutPolicy {
  const { rules, mapping, terms, ...policy } = row.policy;
  const groupsOf = (part: string, position?: number): string[] => {
    const own = (row.groups ?? []).filter((one) => one.part === part);
    return own.flatMap((one) => (position === undefined || one.position === position ? one.groupId : []));
  };
  const toRule = ({ role, condition, needsGroup }: RolloutPolicy["rules"][number], position: number): PolicyRule => ({
    role,
    condition,
    groupIds: needsGroup ? groupsOf("rule", position) : null,
  });
  return {
    version: { id: row.versionId, number: row.number },
    userIds: row.userIds ?? [],
    groupIds: groupsOf("chosen"),
    policy: {
      ...policy,
      assignedGroupIds: groupsOf("assigned"),
      terms: terms ?? undefined,
      rules: rules.map(toRule),
      mapping: mapping ?? appMapping ?? undefined,
    },
  };
}
