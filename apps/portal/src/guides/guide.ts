import type { DirectoryProvider } from "@muster/contract";

/** One step of setting an identity provider up. Words between two asterisks are what stands on its screen. */
export type GuideStep = {
  title: string;
  text: readonly string[];
  /** The tenant's own values that are needed here. */
  values?: readonly ("endpointUrl" | "bearerToken")[];
};

/** How an administrator connects one identity provider, and what to expect of it. */
export type Guide = {
  provider: DirectoryProvider;
  name: string;
  /** In one line, what is particular about it. */
  summary: string;
  /** What it calls our two values. */
  labels: { endpointUrl: string; bearerToken: string };
  steps: readonly GuideStep[];
  /** What looks odd and is not. */
  expect: readonly string[];
};
