import type { AccountPlan } from "./plan-account.ts";

/** What a connection may do to its app. */
export type Permission = { create: boolean; update: boolean; deactivate: boolean; delete: boolean };

/** Turns a step that the connection's policy does not allow into `forbidden`, with the setting that would allow it. */
export function forbidPlan(plan: AccountPlan, may: Permission): AccountPlan {
  const needed = permissionFor(plan);
  if (needed === null || may[needed]) return plan;
  return {
    kind: "forbidden",
    reason: `This connection may not ${needed} accounts: set settings.policies.${needed} to true to allow it`,
  };
}

function permissionFor(plan: AccountPlan): keyof Permission | null {
  switch (plan.kind) {
    case "none":
    case "look":
    case "wait":
    case "adopt":
    case "takeOver":
    case "refuse":
    case "forbidden":
      return null;
    case "create":
    case "deactivate":
    case "delete":
    case "update":
      return plan.kind;
    case "reactivate":
      return "update";
  }
}
