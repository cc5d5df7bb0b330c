import type { ConnectionPolicy, PersonInput } from "@muster/store";

/** Tells whether a connection's gate keeps back what would be made for a person. Whoever has an account already is beyond it. */
export function isGated({ gate }: Pick<ConnectionPolicy, "gate">, person: Pick<PersonInput, "groupIds">): boolean {
  switch (gate.state) {
    case "open":
      return false;
    case "closed":
      return true;
    case "groups":
      return !gate.groupIds.some((id) => person.groupIds.includes(id));
  }
}

/**
 * The groups that decide anything about a connection's people: whether they are in scope, which roles they have, whether the
 * gate is open, whether an edit is tried out on them.
 */
export function groupsThatMatter({
  gate,
  rollout,
  ...policy
}: Pick<ConnectionPolicy, "assignedGroupIds" | "rules" | "gate" | "rollout">): string[] {
  const tried = rollout === undefined ? [] : [...rollout.groupIds, ...groupsOf(rollout.policy)];
  return [...new Set([...groupsOf(policy), ...gate.groupIds, ...tried])];
}

const groupsOf = ({ assignedGroupIds, rules }: Pick<ConnectionPolicy, "assignedGroupIds" | "rules">): string[] => [
  ...assignedGroupIds,
  ...rules.flatMap((rule) => rule.groupIds ?? []),
];
