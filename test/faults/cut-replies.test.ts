import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Customer, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

/** More than the sample app's whole answer to a create has, status line and headers included. */
const MOST_BYTES = 520;
const WAVE = 65;
/** More than are cut, or the lane would be in quarantine. */
const WHOLE = 90;

const posts = ({ app }: Customer) => app.ledger().filter((entry) => entry.method === "POST");

describe("an app whose answers are cut off, or that shows new accounts late", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres", apis: 2 });
    stage.startWorker();
  });
  afterAll(() => stage.close());

  it("F28: a connection reset after any number of bytes of the answer to a create leaves one account each", async () => {
    // Were a create repeated, this app would make a second account.
    const customer = await stage.onboard({ app: { uniqueNames: false }, settings: { maxInFlight: 16 } });
    const { app, driver } = customer;
    await driver.createMany("first", 60);
    for (let from = 0; from < MOST_BYTES; from += WAVE) {
      const bytes = Array.from({ length: WAVE }, (_, index) => from + index);
      const cut = { kind: "reset" as const, method: "POST", times: 1 };
      app.faults.set(bytes.map((afterBytes) => ({ ...cut, afterBytes, mentions: `"cut-${afterBytes}"` })));
      await Promise.all([
        ...bytes.map((cutAt) => driver.create(`cut-${cutAt}`)),
        driver.createMany(`whole-${from}`, WHOLE),
      ]);
      await waitFor(() => app.faults.list().every(({ struck }) => struck === 1), {
        timeoutMs: timing.healWithinMs,
        what: "every answer of a wave to be cut",
      });
    }
    await customer.expectHealed();

    expect(posts(customer)).toHaveLength(60 + (MOST_BYTES / WAVE) * (WAVE + WHOLE));
  });

  it("F30: an account that the app shows 3 s late is waited for, and not made again", async () => {
    const customer = await stage.onboard({
      app: {
        uniqueNames: false,
        faults: [
          { kind: "hide-new", hiddenMs: 3_000, uncounted: true, method: "POST" },
          // Of these nobody has heard that they were made.
          { kind: "swallow", how: "destroy", method: "POST", mentions: "silent-", times: 8 },
        ],
      },
    });
    const { app, driver } = customer;
    await driver.createMany("heard", 12);
    await driver.createMany("silent", 8);
    await customer.expectHealed();

    expect(app.faults.list().map(({ struck }) => struck)).toEqual([20, 8]);
    expect(posts(customer)).toHaveLength(20);
  });
});
