import { operations, type Why } from "@muster/contract";
import { type Why as WhyRecord, whyPerson } from "@muster/provisioning";
import type { GroupFacts } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";

/** Why somebody has what they have. */
export const whyRoutes: readonly AdminRoute[] = [
  adminRoute(operations.whyPerson, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return show(await whyPerson(deps, owner, params));
  }),
];

function show({ desired, rules, ...why }: WhyRecord): Why {
  const { scope } = desired;
  return {
    userId: why.userId,
    userName: why.userName,
    isWanted: desired.kind === "present",
    isActive: desired.kind === "present" && desired.active,
    scope: {
      why: scope.kind,
      ...withGroup(why.scopeGroup),
      at: scope.kind === "notBegun" ? iso(scope.fromMs) : scope.kind === "ended" ? iso(scope.untilMs) : null,
      message: scope.kind === "unreadable" ? `${scope.what}: ${scope.message}` : null,
    },
    assignedGroups: why.assignedGroups.map(showGroup),
    changesAt: typeof desired.validUntilMs === "number" ? iso(desired.validUntilMs) : null,
    roles: (desired.kind === "present" ? desired.roles : []).map(({ role, because }) => ({
      role,
      because: because.kind,
      rule: because.kind === "rule" ? because.position : null,
    })),
    rules: rules.map(({ position, role, outcome, group, condition, message = null }) => ({
      position,
      role,
      outcome,
      ...withGroup(group),
      condition,
      message,
    })),
    values: desired.kind === "present" ? [...desired.derivations] : [],
    plan: why.plan,
    rollout: why.rollout,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const withGroup = (group: GroupFacts | null) => (group === null ? {} : { group: showGroup(group) });
const showGroup = ({ memberSince, ...group }: GroupFacts) => ({ ...group, memberSince: isoOrNull(memberSince) });
