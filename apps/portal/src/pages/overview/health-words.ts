import type { ConnectionHealth } from "@muster/contract";
import type { Tone } from "../../parts/badge.tsx";

type Words = { health: ConnectionHealth; word: string; tone: Tone; meaning: string };

const healthy: Words = { health: "healthy", word: "Healthy", tone: "good", meaning: "Changes go out as they come." };

/** How the health of a connection is said, the worst first. */
export const healthWords: readonly Words[] = [
  { health: "disabled", word: "Disabled", tone: "bad", meaning: "The app refused for too long; resume it by hand." },
  { health: "quarantined", word: "In quarantine", tone: "bad", meaning: "The app refuses; it is probed now and then." },
  { health: "late", word: "Late", tone: "warn", meaning: "Work waits longer than it may." },
  { health: "held", word: "Waits for you", tone: "warn", meaning: "Removals wait for approval." },
  { health: "paused", word: "Paused", tone: "quiet", meaning: "Changes are kept and go out when it is resumed." },
  healthy,
];

/** One that works on, though its newest attempt failed. */
export const TROUBLED: Words = { ...healthy, word: "Last attempt failed", tone: "warn" };

/** The words for a health. */
export function wordsOf(health: ConnectionHealth): Words {
  return healthWords.find((words) => words.health === health) ?? healthy;
}
