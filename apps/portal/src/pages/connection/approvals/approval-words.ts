import type { Approval, ApprovalAction } from "@muster/contract";
import type { Tone } from "../../../parts/badge.tsx";

/** What a step does to somebody's account. */
export const stepWords: Readonly<Record<ApprovalAction, { word: string; tone: Tone }>> = {
  create: { word: "Gets access", tone: "good" },
  update: { word: "Is changed", tone: "warn" },
  deactivate: { word: "Loses access", tone: "bad" },
  delete: { word: "Account is deleted", tone: "bad" },
};

/** Who a step is about. */
export function nameOf({ userName, displayName }: Approval): string {
  return displayName === null ? userName : `${displayName} (${userName})`;
}

/** What decides about access stands before what describes somebody. */
const FIRST = ["roles", "entitlements", "active", "userName", "emails"];
const SHOWN = 2;

/** The changes that matter most, in a line, and how many there are beside them. */
export function sayChanges({ changes }: Approval): { said: string[]; more: number } {
  const place = ({ path }: Approval["changes"][number]) => {
    const found = FIRST.findIndex((name) => path.startsWith(name));
    return found === -1 ? FIRST.length : found;
  };
  const first = changes.toSorted((one, other) => place(one) - place(other)).slice(0, SHOWN);
  const said = first.map(({ path, before, after }) => `${path}: ${say(before)} → ${say(after)}`);
  return { said, more: changes.length - first.length };
}

function say(value: unknown): string {
  if (value === null) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
