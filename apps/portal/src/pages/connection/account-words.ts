import type { AccountState, AccountView, ConnectionStatus, WaitsFor } from "@muster/contract";
import type { Tone } from "../../parts/badge.tsx";

/** In the order in which they are shown. */
export const accountStates: readonly AccountState[] = ["synced", "pending", "failing", "stopped", "held"];

/** How the state of an account is said. */
export const accountWords: Readonly<Record<AccountState, string>> = {
  synced: "In sync",
  pending: "On its way",
  failing: "Failing",
  stopped: "Stopped",
  held: "Waiting",
};

/** What one waits for whose account is held. */
export const waitWords: Readonly<Record<WaitsFor, string>> = {
  removal: "Removal held",
  approval: "Waits for approval",
  decision: "Waits for a decision",
  seat: "Waits for a seat",
  gate: "Waits at the gate",
  other: "Kept as it is",
};

export const accountTones: Readonly<Record<AccountState, Tone>> = {
  synced: "good",
  pending: "quiet",
  failing: "warn",
  stopped: "bad",
  held: "warn",
};

/** The state of one account in a word: what it waits for, where it does. */
export function sayAccount({ state, waitsFor }: Pick<AccountView, "state" | "waitsFor">): string {
  return waitsFor === null ? accountWords[state] : waitWords[waitsFor];
}

const WAITS = ["removal", "approval", "decision", "seat", "gate", "other"] as const;

/** Who waits, by what for, those first that somebody here can do something about. */
export function saidHeld(held: ConnectionStatus["held"]): { waitsFor: WaitsFor; count: number; word: string }[] {
  return WAITS.map((waitsFor) => ({ waitsFor, count: held[waitsFor], word: waitWords[waitsFor] })).filter(
    ({ count }) => count > 0,
  );
}
