import { changeEventStream, createWebhook, drainWebhook, testWebhook } from "@muster/provisioning";
import { createCrashPoints, createDialer, createLogger, parseEgressAllow, systemClock } from "@muster/runtime";
import { type Database, sweepWebhookLanes } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Receiver, startReceiver } from "../e2e/receiver.ts";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

let lab: LaneLab;
let receiver: Receiver;
beforeAll(async () => {
  lab = await openLaneLab();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await lab.close();
});

/** The same database, with a look at how many connections were asked for before each is given. */
function watched(db: Database, before: (asked: number) => Promise<void>): Database {
  let asked = 0;
  const pool = new Proxy(db.pool, {
    get(target, name) {
      if (name !== "connect") return Reflect.get(target, name) as unknown;
      return async () => {
        asked += 1;
        await before(asked);
        return await target.connect();
      };
    },
  });
  return { ...db, pool };
}

describe("L1: a webhook's lane that is let go", () => {
  it("goes on with what was asked for after its last look, though a sweep took the mark", async () => {
    const dialer = createDialer(parseEgressAllow([new URL(receiver.url).host]));
    await changeEventStream(lab, lab.owner, { enabled: true, days: null });
    const hook = { name: null, url: receiver.url, types: null, appId: null, starts: [] };
    const { webhook } = await createWebhook(lab, lab.owner, hook);
    const drain = async (before: (asked: number) => Promise<void>): Promise<void> => {
      const at = await waitFor(async () => (await sweepWebhookLanes(lab.db, 10))[0], { what: "the lane to be due" });
      const deps = {
        db: watched(lab.db, before),
        dialer,
        keyring: lab.keyring,
        crash: createCrashPoints(undefined),
        clock: systemClock,
        logger: createLogger({ name: "lab", level: "silent" }),
        random: () => 0,
        owner: "lab",
        timing: { leaseMs: 20_000, callMs: 5_000, sliceMs: 2_000, giveUpAfterMs: 60_000 },
      };
      await drainWebhook(deps, at, new AbortController().signal);
    };
    const askTest = () => testWebhook(lab, lab.owner, webhook.id);
    let transactions = 0;
    await askTest();
    await drain(async (asked) => {
      transactions = asked;
    });
    const first = receiver.received.length;

    await askTest();
    await drain(async (asked) => {
      // The last one lets the lane go.
      if (asked !== transactions) return;
      await askTest();
      await sweepWebhookLanes(lab.db, 10);
    });
    const second = receiver.received.length;
    await drain(async () => undefined);
    await dialer.close();

    expect([first, second, receiver.received.length]).toEqual([1, 2, 3]);
  });
});
