import type { DesiredAccount } from "@muster/mapping";

export type Present = Extract<DesiredAccount, { kind: "present" }>;

/** A reason is for reading in a list: more are told by the preview. */
const MAX_TOLD = 3;

/** Why nothing is sent for somebody, by person, place and fix; null where nothing stands in the way. */
export function unfitReason(desired: DesiredAccount): { kind: "unfit"; reason: string } | null {
  if (desired.kind === "absent" || desired.problems.length === 0) return null;
  const { problems, userName } = desired;
  const told = problems.slice(0, MAX_TOLD).map(({ target, message }) => `${target}: ${message}`);
  const more = problems.length > MAX_TOLD ? `; and ${problems.length - MAX_TOLD} more` : "";
  return { kind: "unfit", reason: `Nothing is sent for ${userName}: ${told.join("; ")}${more}` };
}
