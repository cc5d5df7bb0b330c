import type { SampleApp } from "@muster/simulator";
import { type RedisProcess, waitFor } from "@muster/testkit";
import { expect } from "vitest";
import {
  brokenByCalls,
  changedByRepeat,
  commandsGiven,
  deadProcesses,
  type Judged,
  notGivenBack,
  stuckLanes,
} from "./invariants.ts";
import type { Supervised } from "./supervise.ts";
import { timing } from "./timing.ts";

export type Status = {
  settled: boolean;
  state: "active" | "paused" | "quarantined" | "disabled";
  reason: string | null;
  accounts: { synced: number; pending: number; failing: number; stopped: number; held: number };
};

export type Healing = Judged & {
  status(): Promise<Status>;
  /** Everybody in the directory, a page at a time, as the admin API shows them. */
  listUsers(query: string): Promise<UserPage>;
  processes(): readonly Supervised[];
  redis: RedisProcess | undefined;
};

export type UserPage = { items: { id: string; userName: string; active: boolean }[]; nextPageToken?: string };

/**
 * Waits until the app is exactly as the accepted writes say and the gateway says that it is settled, then checks
 * the invariants of every fault; docs/testing.md says which.
 *
 * @param byHand commands that the test gives on purpose
 */
export async function expectHealed(healing: Healing, byHand?: readonly string[]): Promise<void> {
  const { app, driver } = healing;
  const wanted = [...driver.accepted.values()].map(describePerson).sort();
  await untilSettled(healing, wanted);
  const stored = await storedUsers(healing);

  expect(inApp(app)).toEqual(wanted);
  expect(app.duplicates()).toEqual([]);
  expect(driver.strangeErrors).toEqual([]);
  expect(stored).toEqual(
    [...driver.accepted.values()].map((write) => `${write.id} ${write.userName} ${write.active}`).sort(),
  );
  expect([...(await brokenByCalls(healing)), ...(await commandsGiven(healing, byHand))]).toEqual([]);
  expect(await changedByRepeat(healing)).toEqual([]);
  await untilNone(async () => [
    ...deadProcesses(healing.processes()),
    ...(await stuckLanes(healing.db)),
    ...(await notGivenBack({ ...healing, processes: healing.processes() })),
  ]);
}

async function untilSettled({ app, status }: Healing, wanted: readonly string[]): Promise<void> {
  let last: Status | undefined;
  await waitFor(
    async () => {
      last = await status();
      return (
        last.settled && last.accounts.synced === wanted.length && JSON.stringify(inApp(app)) === JSON.stringify(wanted)
      );
    },
    { timeoutMs: timing.healWithinMs, everyMs: 100, what: "the app to be as desired" },
  ).catch((cause: unknown) => {
    const there = inApp(app);
    const missing = wanted.filter((person) => !there.includes(person));
    const odd = [
      ...there.filter((person) => !wanted.includes(person)),
      ...app.duplicates().map((twin) => JSON.stringify(twin)),
    ];
    throw new Error(
      `${String(cause)}; ${JSON.stringify(last)}; not in the app: ${missing.slice(0, 5).join(", ")}; only there: ${odd.slice(0, 5).join(", ")}`,
      { cause },
    );
  });
}

/** Waits until nothing is wrong any more, or says what still is. */
async function untilNone(look: () => Promise<string[]>): Promise<void> {
  let wrong: string[] = [];
  const none = async (): Promise<boolean> => {
    wrong = await look();
    return wrong.length === 0;
  };
  const options = { timeoutMs: timing.healWithinMs, everyMs: 50, what: "nothing to be left" };
  await waitFor(none, options).catch((cause: unknown) => {
    throw new Error(wrong.length > 0 ? wrong.join("; ") : String(cause), { cause });
  });
}

const describePerson = (write: { id: string; userName: string; active: boolean; title: string | undefined }): string =>
  `${write.userName} ${write.id} ${write.active ? "active" : "inactive"} ${write.title ?? "-"}`;

function inApp(app: SampleApp): string[] {
  return app
    .users()
    .map(({ userName, externalId, active, raw }) =>
      describePerson({ id: externalId ?? "nobody's", userName, active, title: raw["title"]?.toString() }),
    )
    .sort();
}

async function storedUsers({ listUsers }: Healing): Promise<string[]> {
  const users: string[] = [];
  let token: string | undefined;
  do {
    const page = await listUsers(token === undefined ? "" : `&pageToken=${encodeURIComponent(token)}`);
    users.push(...page.items.map((user) => `${user.id} ${user.userName} ${user.active}`));
    token = page.nextPageToken;
  } while (token !== undefined);
  return users.sort();
}
