/** What a connection may do to its app. */
export type Permission = { create: boolean; update: boolean; deactivate: boolean; delete: boolean };

/** Why a connection may not take a step, with the setting that would allow it; null when it may. */
export function forbiddenReason(step: keyof Permission | "reactivate", may: Permission): string | null {
  const needed = step === "reactivate" ? "update" : step;
  if (may[needed]) return null;
  return `This connection may not ${needed} accounts: set settings.policies.${needed} to true to allow it`;
}
