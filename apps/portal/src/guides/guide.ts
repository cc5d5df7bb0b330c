import type { DirectoryProvider } from "@muster/contract";

/** One step of setting an identity provider up. Words between two asterisks are what stands on its screen. */
export type GuideStep = {
  title: string;
  text: readonly string[];
  /** The tenant's own values that are needed here. */
  values?: readonly ("endpointUrl" | "bearerToken")[];
};

/** What a provider sends when: at once, in rounds of its own, or as somebody has set it there. */
export type Travels = {
  changes: { when: "atOnce" | "inRounds" | "asSet"; says: string };
  /** Whether somebody who leaves is sent at all, and as what. */
  removals: { travel: "yes" | "asSet"; says: string };
};

/** How an administrator connects one identity provider, and what to expect of it. */
export type Guide = {
  provider: DirectoryProvider;
  name: string;
  /** In one line, what is particular about it. */
  summary: string;
  /** How soon a change there is sent here, and what is sent of somebody who leaves (SA3). */
  travels: Travels;
  /** What it calls our two values. */
  labels: { endpointUrl: string; bearerToken: string };
  steps: readonly GuideStep[];
  /** What looks odd and is not. */
  expect: readonly string[];
};
