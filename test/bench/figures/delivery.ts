import { waitFor } from "@muster/testkit";
import { numberOf, toObject } from "../stage/admin-client.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { AppCounts, SampleAppProcess } from "../stage/sample-app.ts";

const SETTLED_WITHIN_MS = 120_000;

/** Requests a second at the app, from the first to the last. */
export function rateOf(counts: AppCounts): number {
  return ((counts.total - 1) * 1_000) / (counts.lastAtMs - counts.firstAtMs);
}

/** Waits until a connection says that it is settled with this many accounts in order. */
export async function waitUntilSettled(
  stage: Pick<Stage, "admin">,
  tenant: { connectionId: string },
  users: number,
): Promise<void> {
  const isSettled = async (): Promise<boolean> => {
    const status = await stage.admin.get(`/connections/${tenant.connectionId}/status`);
    const { synced, ...rest } = toObject(status["accounts"]);
    if (status["settled"] !== true) return false;
    if (synced !== users) throw new Error(`settled with ${String(synced)} of ${users}: ${JSON.stringify(rest)}`);
    return true;
  };
  await waitFor(isSettled, { timeoutMs: SETTLED_WITHIN_MS, everyMs: 250, what: `${users} accounts to be settled` });
}

/** Delivered must equal created, once each, and no answer but success. */
export function faultsOfDelivery(counts: AppCounts, users: number): string[] {
  const faults: string[] = [];
  const creates = counts.byRoute["POST /Users"] ?? 0;
  if (counts.users !== users || creates !== users)
    faults.push(
      `${users} people were created, the app got ${String(creates)} creates and has ${counts.users} accounts`,
    );
  if (counts.duplicates > 0) faults.push(`the app was made to create ${counts.duplicates} accounts twice`);
  const bad = Object.keys(counts.byStatus).filter((status) => !status.startsWith("2"));
  if (bad.length > 0)
    faults.push(
      `the app also answered ${bad.map((status) => `${status} (${numberOf(counts.byStatus, status)} times)`).join(", ")}`,
    );
  return faults;
}

/** Waits until nobody talks to an app any more, so that what comes next is timed alone. */
export async function waitUntilIdle(app: SampleAppProcess): Promise<void> {
  const isIdle = async (): Promise<boolean> => (await app.counts()).inFlight === 0;
  await waitFor(isIdle, { timeoutMs: SETTLED_WITHIN_MS, what: "the app to have answered everything" });
}

/** Tells how many accounts of a connection wait to be made or changed. */
export async function countPending(stage: Pick<Stage, "admin">, lane: { connectionId: string }): Promise<number> {
  const status = await stage.admin.get(`/connections/${lane.connectionId}/status`);
  return numberOf(toObject(status["accounts"]), "pending");
}

/** Waits until an app was asked this often since it was emptied. */
export async function waitUntilBegun(app: SampleAppProcess, requests: number): Promise<void> {
  const hasBegun = async (): Promise<boolean> => (await app.counts()).total >= requests;
  await waitFor(hasBegun, { timeoutMs: SETTLED_WITHIN_MS, what: `${requests} requests at the app` });
}
