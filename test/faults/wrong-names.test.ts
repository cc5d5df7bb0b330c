import { waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type InsideService, listenInside } from "./listen-inside.ts";
import { type NameServer, startNameServer } from "./name-server.ts";
import { type Customer, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

/** Where the app is, the one address that may be reached; everything else of this machine is inside. */
const APP_ADDRESS = "127.0.0.2";
const INSIDE = "127.0.0.1";
const RESOLVER = new URL("own-resolver.ts", import.meta.url).href;

describe.runIf(process.platform === "linux")("an app whose name does not lead to it", () => {
  let stage: Stage;
  let names: NameServer;
  let inside: InsideService | undefined;
  beforeAll(async () => {
    names = await startNameServer({ kind: "address", address: APP_ADDRESS });
    stage = await openStage({ backend: "postgres", env: { MUSTER_EGRESS_ALLOW: `${APP_ADDRESS}/32` } });
  });
  afterEach(() => stage.killWorkers());
  afterAll(async () => {
    await stage.close();
    await names.close();
    await inside?.close();
  });

  /** A worker without open connections, so that it has to ask. */
  async function startAsking(): Promise<void> {
    await stage.killWorkers();
    stage.startWorker({ env: { NODE_OPTIONS: `--import ${RESOLVER}?port=${names.port}` } });
  }

  const until = (what: string, condition: (status: Awaited<ReturnType<Customer["status"]>>) => boolean, of: Customer) =>
    waitFor(async () => condition(await of.status()), { timeoutMs: timing.healWithinMs, everyMs: 50, what });

  it("F49: is not found, found late or found inside: nobody is charged with another's fault, and nothing inside is ever called", async () => {
    const customer = await stage.onboard({
      app: { host: APP_ADDRESS },
      address: async (app) => `app.muster.invalid:${app.address.split(":")[1]}`,
    });
    const { app, driver } = customer;
    inside = await listenInside({ host: INSIDE, port: Number(app.address.split(":")[1]) });
    await startAsking();
    await driver.createMany("user", 5);
    await customer.expectHealed();

    names.set({ kind: "failure" });
    await startAsking();
    await driver.create("unfound");
    await until("the name not to be found", ({ accounts }) => accounts.failing > 0, customer);
    const unfound = await customer.status();
    names.set({ kind: "address", address: APP_ADDRESS, afterMs: 10_000 });
    await startAsking();
    const answeredBefore = names.answered();
    await driver.create("late");
    await until("the name to be late", ({ accounts }) => accounts.failing > 1, customer);
    const answeredLate = names.answered() - answeredBefore;
    names.set({ kind: "address", address: APP_ADDRESS });
    await customer.expectHealed();

    names.set({ kind: "address", address: INSIDE });
    await startAsking();
    await driver.setActive("user-0", false);
    await until("the address to be refused", ({ state }) => state === "quarantined", customer);
    const { reason } = await customer.status();
    names.set({ kind: "address", address: APP_ADDRESS });
    await customer.expectHealed();

    expect(unfound.state).toBe("active");
    // Given up before anybody had an answer.
    expect(answeredLate).toBe(0);
    expect(reason).toContain("not allowed");
    expect(inside.callers).toEqual([]);
  });
});
