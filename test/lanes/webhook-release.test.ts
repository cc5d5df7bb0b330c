import { changeEventStream, createWebhook, drainWebhook, testWebhook } from "@muster/provisioning";
import { createDialer, parseEgressAllow } from "@muster/runtime";
import { type Database, sweepWebhookLanes } from "@muster/store";
import { waitFor } from "@muster/testkit";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Receiver, startReceiver } from "../e2e/receiver.ts";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";
import { webhookDeps } from "./webhook-deps.ts";

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

/** The same database; `before` runs once, before a lane is locked to be let go. */
function interrupted(db: Database, before: () => Promise<void>): Database {
  let isDone = false;
  const query =
    (client: pg.PoolClient) =>
    async (...values: Parameters<pg.PoolClient["query"]>) => {
      const [statement] = values as unknown as [{ name?: string }];
      if (statement.name === "lock-lane" && !isDone) {
        isDone = true;
        await before();
      }
      return await (client.query as (...all: unknown[]) => Promise<unknown>).apply(client, values);
    };
  const connect = async () => {
    const client = await db.pool.connect();
    const own = { query: query(client) };
    return new Proxy(client, { get: (target, name) => Reflect.get(name in own ? own : target, name) as unknown });
  };
  return {
    ...db,
    pool: new Proxy(db.pool, {
      get: (target, name) => (name === "connect" ? connect : (Reflect.get(target, name) as unknown)),
    }),
  };
}

describe("L1: a webhook's lane that is let go", () => {
  it("goes on with what was asked for after its last look, though a sweep took the mark", async () => {
    const dialer = createDialer(parseEgressAllow([new URL(receiver.url).host]));
    await changeEventStream(lab, lab.owner, { enabled: true, days: null });
    const hook = { name: null, url: receiver.url, types: null, appId: null, starts: [] };
    const { webhook } = await createWebhook(lab, lab.owner, hook);
    const drain = async (before: () => Promise<void>): Promise<void> => {
      const at = await waitFor(async () => (await sweepWebhookLanes(lab.db, 10))[0], {
        timeoutMs: 10_000,
        what: "the lane to be due",
      });
      const deps = webhookDeps({ ...lab, db: interrupted(lab.db, before) }, dialer);
      await drainWebhook(deps, at, new AbortController().signal);
    };
    const askTest = () => testWebhook(lab, lab.owner, webhook.id);
    await askTest();
    await drain(async () => {
      await askTest();
      await sweepWebhookLanes(lab.db, 10);
    });
    const first = receiver.received.length;
    await drain(async () => undefined);
    await dialer.close();

    expect([first, receiver.received.length]).toEqual([1, 2]);
  });
});
