import { foldCase } from "@muster/scim";
import {
  type ConnectionPolicy,
  getMapping,
  listAssignments,
  listRules,
  namePattern,
  type RolloutBinding,
  type RolloutPolicy,
  type TenantId,
  type Tx,
} from "@muster/store";

type Parts = { needsGroup: boolean[]; mapping: RolloutPolicy["mapping"]; bindings: RolloutBinding[] };

/** What of a saved edit is kept by rows: which groups it goes by, and which it waits for. */
export async function readParts(tx: Tx, tenantId: TenantId, connectionId: string): Promise<Parts> {
  const assigned = await listAssignments(tx, tenantId, connectionId);
  const rules = await listRules(tx, tenantId, connectionId);
  const mapping = await getMapping(tx, { tenantId, connectionId });
  return {
    needsGroup: rules.map(({ needsGroup }) => needsGroup),
    mapping: mapping.source === "connection" ? mapping.rows : null,
    bindings: [
      ...assigned.flatMap((one, position) => bindingOf({ part: "assigned", position }, one)),
      ...rules.flatMap((one, position) => {
        const pattern = namePattern(one);
        const at = { part: "rule", position } as const;
        return pattern === null ? bindingOf(at, one) : [{ ...at, pattern }];
      }),
    ],
  };
}

function bindingOf(
  at: Pick<RolloutBinding, "part" | "position">,
  { groupId, displayName }: { groupId: string | null; displayName: string | null },
): RolloutBinding[] {
  if (groupId !== null) return [{ ...at, groupId }];
  return displayName === null ? [] : [{ ...at, nameKey: foldCase(displayName) }];
}

/** What is kept of a policy to be evaluated. */
export function toStored(policy: ConnectionPolicy, { needsGroup, mapping }: Omit<Parts, "bindings">): RolloutPolicy {
  const { everyone, terms = null, precedence, defaultRole, personRoles, manualRoles, readsNames } = policy;
  const rules = policy.rules.map(({ role, condition }, position) => ({
    role,
    condition,
    needsGroup: needsGroup[position] === true,
  }));
  return { everyone, terms, precedence, defaultRole, personRoles, manualRoles, readsNames, rules, mapping };
}
