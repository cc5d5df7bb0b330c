import { describeWhere, waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { HAS_MEMORY_GROUPS, limitMemory } from "./memory-group.ts";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const KILLED = { code: null, signal: "SIGKILL" };
const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
/** What a process may still take when it is held to its limit; large payloads take more. */
const ROOM_BYTES = 4_000_000;

const GROUPS = {
  name: "right to limit memory",
  isHere: HAS_MEMORY_GROUPS,
  cure: "run the tests as root, where groups of the kernel can be made",
  setting: "no variable",
};

describeWhere(GROUPS, "a process that reaches its limit of memory", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres", apis: 2 });
  });
  afterEach(() => stage.killWorkers());
  afterAll(() => stage.close());

  /** People whose names are long, so that whoever handles many of them needs room. */
  async function createLarge(customer: Awaited<ReturnType<Stage["onboard"]>>, count: number): Promise<void> {
    const familyName = "x".repeat(40_000);
    const create = (n: number) =>
      customer.driver
        .send("POST", "/Users", { schemas: [USER], userName: `large-${n}`, name: { familyName } })
        .catch(() => undefined);
    for (let made = 0; made < count; made += 20)
      await Promise.all(Array.from({ length: 20 }, (_, n) => create(made + n)));
  }

  it("F56: a worker ends, is started again, and everybody is pushed once; the others live", async () => {
    const customer = await stage.onboard({ app: { uniqueNames: false } });
    const worker = stage.startWorker();
    await customer.driver.create("ana");
    await customer.expectHealed();
    const group = await limitMemory(worker.current().pid, ROOM_BYTES);
    await createLarge(customer, 200);
    await waitFor(() => worker.exits().length > 0, { timeoutMs: timing.healWithinMs, what: "the worker to end" });
    await waitFor(async () => (await customer.status()).settled && customer.app.counts().users === 201, {
      timeoutMs: timing.healWithinMs,
      what: "everybody to be pushed",
    });

    await group.close();

    expect(worker.exits()).toEqual([KILLED]);
    expect(customer.app.duplicates()).toEqual([]);
    expect(customer.app.ledger().filter((entry) => entry.method === "POST" && entry.status === 201)).toHaveLength(201);
    expect(stage.apis.map((api) => api.starts())).toEqual([1, 1]);
  });

  it("F56: an api ends, is started again, and what was accepted is there; the other one and the worker live", async () => {
    const customer = await stage.onboard();
    const worker = stage.startWorker();
    await customer.driver.createMany("before", 10);
    const group = await limitMemory(stage.apis[0]?.current().pid ?? 0, ROOM_BYTES);
    let isOver = false;
    const load = async (): Promise<void> => {
      // Refused for what it says, and read whole before that.
      const body = { schemas: [USER], userName: "", name: { familyName: "x".repeat(800_000) } };
      while (!isOver) await customer.driver.send("POST", "/Users", body).catch(() => undefined);
    };
    const loading = Promise.all(Array.from({ length: 24 }, load));
    const writes = customer.driver.createMany("during", 40, 4);
    await waitFor(() => (stage.apis[0]?.exits().length ?? 0) > 0, {
      timeoutMs: timing.healWithinMs,
      what: "the api to end",
    });
    isOver = true;
    await Promise.all([writes, loading]);
    await customer.expectHealed();

    await group.close();

    expect(stage.apis.map((api) => api.exits())).toEqual([[KILLED], []]);
    expect(worker.starts()).toBe(1);
  });
});
