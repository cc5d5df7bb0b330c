import type { WebhookDeps } from "@muster/provisioning";
import { createCrashPoints, createLogger, type Dialer, systemClock } from "@muster/runtime";
import type { LaneLab } from "./lane-lab.ts";

/** What a worker tells webhooks with, in a lab: slices that no test of it is cut short by. */
export const webhookDeps = ({ db, keyring }: Pick<LaneLab, "db" | "keyring">, dialer: Dialer): WebhookDeps => ({
  db,
  keyring,
  dialer,
  crash: createCrashPoints(undefined),
  clock: systemClock,
  logger: createLogger({ name: "lab", level: "silent" }),
  random: () => 0,
  owner: "lab",
  timing: { leaseMs: 20_000, callMs: 5_000, sliceMs: 60_000, giveUpAfterMs: 60_000 },
});
