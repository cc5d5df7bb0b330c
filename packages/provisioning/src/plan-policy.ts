import { type AppAt, appOf } from "@muster/connectors";

/** What a connection may do to its app. */
export type Permission = { create: boolean; update: boolean; deactivate: boolean; delete: boolean };

type Allowing = AppAt & { may: Permission };

/** Why a connection may not take a step, with the setting that would allow it or what the app lacks; null when it may. */
export function forbiddenReason(step: keyof Permission | "reactivate", policy: Allowing): string | null {
  const { title, users } = appOf(policy);
  const { delete: deletion, deactivate } = users;
  if (step === "delete" && deletion.effect === "impossible")
    return `The account is not deleted: ${deletion.meaning} Set settings.onLeave to "deactivate"`;
  if (step === "create" && !users.create)
    return `No account is made: ${title} lets none be made. Make it there, and it is linked`;
  if (step === "deactivate" && deactivate.effect === "impossible")
    return `The account is not made inactive: ${deactivate.meaning}`;
  if (step === "reactivate" && !users.reactivate)
    return `The account is not made active again: ${title} has no way to. Do it there, and retry`;
  const needed = step === "reactivate" ? "update" : step;
  if (policy.may[needed]) return null;
  return `This connection may not ${needed} accounts: set settings.policies.${needed} to true to allow it`;
}
