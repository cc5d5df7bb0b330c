import type { DesiredAccount } from "@muster/mapping";

/** Whether somebody is in scope and why, as reports and previews tell it. */
export function showScope(scope: DesiredAccount["scope"], inScope: boolean) {
  return { inScope, why: scope.kind, groupId: scope.kind === "group" ? scope.groupId : null };
}
