import {
  type AccountPolicy,
  type DesiredAccount,
  explainAccount,
  type PreparePolicy,
  policyFor,
  type RuleOutcome,
} from "@muster/mapping";
import { type Clock, Refusal } from "@muster/runtime";
import {
  type Database,
  type GroupFacts,
  getGroupFacts,
  getPolicy,
  inTenant,
  isPersonHere,
  type Tx,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";
import { type NamedStep, nameStep } from "./plan-connection.ts";
import { planPeople } from "./plan-people.ts";

/** Why a person has an account and roles in a connection, or has not (X5, F9). */
export type Why = {
  userId: string;
  userName: string;
  desired: DesiredAccount;
  /** The assigned group that holds them, as it is now. */
  scopeGroup: GroupFacts | null;
  /** Groups that would bring them into scope, the first of them; for somebody who is in none of them. */
  assignedGroups: GroupFacts[];
  rules: (RuleOutcome & { group: GroupFacts | null; condition: string | null })[];
  plan: NamedStep;
  /** The version that is tried out on them; null where everybody's decides. */
  rollout: { id: string; number: number } | null;
};

/** Groups that are named to somebody who asks why not: enough to find the one that is meant. */
const MAX_GROUPS = 20;

/** Explains one person's account from what is stored now, by the code that decides it; nothing is written and no app is asked. */
export async function whyPerson(
  deps: { db: Database; clock: Clock; prepare: PreparePolicy },
  owner: Owner,
  input: { connectionId: string; userId: string },
): Promise<Why> {
  const { tenantId } = owner;
  const lane = { tenantId, connectionId: input.connectionId };
  const nowMs = deps.clock.now().getTime();
  const explain = async (tx: Tx): Promise<Why> => {
    await requireConnection(tx, tenantId, input.connectionId);
    if (!(await isPersonHere(tx, tenantId, input)))
      throw new Refusal("notFound", `This connection's directory has no person ${input.userId}`);
    const everybodys = await getPolicy(tx, tenantId, input.connectionId);
    const prepared = deps.prepare(everybodys);
    const [planned] = await planPeople(tx, lane, { policy: everybodys, prepared, nowMs }, [input.userId]);
    if (planned === undefined) throw new Error("A person who is here can be planned");
    const { person, desired } = planned;
    const decided = policyFor(prepared, person);
    const { policy } = decided;
    const rules = explainAccount(person, prepared, desired, nowMs);
    const firstOf = (position: number): string | null => policy.rules[position]?.groupIds?.[0] ?? null;
    const askedFor = rules.flatMap(({ groupId, position }) => groupId ?? firstOf(position) ?? []);
    const scoped = desired.scope.kind === "group" ? [desired.scope.groupId] : [];
    const groupIds = [...new Set([...wouldAssign(policy), ...scoped, ...askedFor])];
    const groups = await getGroupFacts(tx.last, tenantId, { userId: input.userId, groupIds });
    const factsOf = (id: string | null): GroupFacts | null => (id === null ? null : (groups.get(id) ?? null));
    return {
      userId: input.userId,
      userName: person.user.userName,
      desired,
      scopeGroup: desired.scope.kind === "group" ? factsOf(desired.scope.groupId) : null,
      assignedGroups:
        desired.scope.kind === "notAssigned" ? wouldAssign(policy).flatMap((id) => factsOf(id) ?? []) : [],
      rules: rules.map((rule) => ({
        ...rule,
        // A rule that does not match is told by its first group.
        group: factsOf(rule.groupId ?? firstOf(rule.position)),
        condition: policy.rules[rule.position]?.condition ?? null,
      })),
      plan: nameStep(planned),
      rollout: decided === prepared ? null : (everybodys.rollout?.version ?? null),
    };
  };
  // Of the workspace too, whose apps have mappings.
  return await inTenant(deps.db, tenantId, explain, owner.workspaceId);
}

const wouldAssign = ({ assignedGroupIds }: AccountPolicy): string[] => assignedGroupIds.slice(0, MAX_GROUPS);
