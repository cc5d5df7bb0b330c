import type { AccountState } from "@muster/contract";
import type { Tone } from "../../parts/badge.tsx";

/** In the order in which they are shown. */
export const accountStates: readonly AccountState[] = ["synced", "pending", "failing", "stopped", "held"];

/** How the state of an account is said. */
export const accountWords: Readonly<Record<AccountState, string>> = {
  synced: "In sync",
  pending: "On its way",
  failing: "Failing",
  stopped: "Stopped",
  held: "Waits for approval",
};

export const accountTones: Readonly<Record<AccountState, Tone>> = {
  synced: "good",
  pending: "quiet",
  failing: "warn",
  stopped: "bad",
  held: "warn",
};
