import type { ConnectionStatus } from "@muster/contract";
import { createLogger, Refusal, systemClock } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import { expect, it } from "vitest";
import { createStatuses } from "./watch-statuses.ts";

const owner = { workspaceId: "w", tenantId: "t", actor: "key:1" };
const logger = createLogger({ name: "test", level: "silent" });
const until = (isSo: () => boolean, what: string) => waitFor(isSo, { timeoutMs: 5_000, everyMs: 1, what });

/** A status that counts how often it was read. */
function openWatch() {
  const seen = { reads: 0, synced: 1, isGone: false, isAway: false };
  const read = async (): Promise<ConnectionStatus> => {
    seen.reads += 1;
    if (seen.isGone) throw new Refusal("notFound", "gone");
    if (seen.isAway) throw new Error("away");
    const counts = { synced: seen.synced, pending: 0, failing: 0, stopped: 0, held: 0 };
    const held = { removal: 0, approval: 0, decision: 0, seat: 0, gate: 0, other: 0 };
    const never = { since: null, nextProbeAt: null, lastAttemptAt: null, nextDueAt: null };
    const limits = { seats: null, approvals: null };
    return {
      settled: true,
      state: "active",
      reason: null,
      accounts: counts,
      held,
      groups: counts,
      ...limits,
      ...never,
    };
  };
  const statuses = createStatuses({ read, clock: systemClock, logger, everyMs: 1 });
  const listen = (connectionId = "c") => {
    const heard: number[] = [];
    const told = { heard, ended: 0, stop: () => {} };
    told.stop = statuses.watch(owner, connectionId, {
      next: ({ accounts }) => heard.push(accounts.synced),
      end() {
        told.ended += 1;
      },
    });
    return told;
  };
  return { seen, statuses, listen };
}

it("A10, K7: however many look at a connection, it is read by one, who tells all of them what changed and nothing else", async () => {
  const { seen, listen } = openWatch();
  const first = listen();
  const others = Array.from({ length: 50 }, () => listen());
  await until(() => seen.reads > 5, "some readings");
  const late = listen();
  seen.synced = 2;
  await until(() => late.heard.includes(2), "the change");
  const { reads } = seen;
  const all = [first, ...others, late];

  expect(all.map(({ heard }) => heard)).toEqual(all.map(() => [1, 2]));
  for (const { stop } of all) stop();
  const other = listen("another");
  await until(() => other.heard.length > 0, "another connection");
  other.stop();
  // One reading may have been under way when the last one left.
  expect(seen.reads).toBeLessThanOrEqual(reads + 2 + 1);
});

it("nobody is read for once the last has left, and whoever comes then is told anew", async () => {
  const { seen, listen } = openWatch();
  const one = listen();
  await until(() => one.heard.length > 0, "the first status");
  one.stop();
  one.stop();
  seen.synced = 3;
  const again = listen();
  await until(() => again.heard.length > 0, "the status now");
  again.stop();

  expect([one.heard, again.heard]).toEqual([[1], [3]]);
});

it("what is gone is ended for everybody; a database that is away is asked again", async () => {
  const { seen, listen, statuses } = openWatch();
  const [one, two] = [listen(), listen()];
  await until(() => two.heard.length > 0, "the first status");
  seen.isAway = true;
  const { reads } = seen;
  await until(() => seen.reads > reads + 3, "more readings");
  expect([one.ended, two.ended]).toEqual([0, 0]);
  seen.isAway = false;
  seen.isGone = true;
  await until(() => one.ended === 1 && two.ended === 1, "the end");
  seen.isGone = false;
  const last = listen();
  await until(() => last.heard.length > 0, "the status of one that came back");
  statuses.close();
  expect(last.ended).toBe(1);
});
