import { waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { onEachBackend, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const KILLED = { code: null, signal: "SIGKILL" };

onEachBackend("an api that ends", (backend) => {
  // The second pass falls among statements of other callers that are under way (group commit).
  const pass = backend === "redis" ? 1 : 2;

  it.each([
    { id: "F06", point: `before-commit:${pass}` },
    { id: "F07", point: `after-commit:${pass}` },
  ])(
    "$id: killed at $point, keeps what it acknowledged, and retries end as one person and one account",
    async ({ point }) => {
      const stage = await openStage({ backend, apis: 2, apiCrashes: [point] });
      try {
        const customer = await stage.onboard();
        stage.startWorker();
        await customer.driver.createMany("user", 30);
        await customer.expectHealed();
        const foundByRetry = [...customer.driver.accepted.values()].filter((write) => write.status === 409).length;

        expect(stage.apis[0]?.exits()).toEqual([KILLED]);
        expect(customer.driver.troubles.length).toBeGreaterThan(0);
        expect(customer.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(30);
        // What was cut off before its commit is not there; what was cut off after it is found by the retry.
        if (point === "before-commit:1") expect(foundByRetry).toBe(0);
        if (point.startsWith("after-commit")) expect(foundByRetry).toBeGreaterThan(0);
      } finally {
        await stage.close();
      }
    },
  );
});

describe("an api among others", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres", apis: 2 });
  });
  afterEach(() => stage.killWorkers());
  afterAll(() => stage.close());

  it("V60: gives one of 50 parallel creates of one userName a 201 and the others a 409 with uniqueness", async () => {
    const customer = await stage.onboard();
    const { driver } = customer;
    const user = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], active: true };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        driver.send("POST", "/Users", { ...user, userName: index % 2 === 0 ? "ana" : "ANA" }),
      ),
    );
    const refused = answers.filter((answer) => answer.status === 409);
    stage.startWorker();
    await waitFor(async () => (await customer.status()).settled && customer.app.counts().users > 0, {
      timeoutMs: timing.healWithinMs,
      what: "the winner to be pushed",
    });

    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(refused).toHaveLength(49);
    expect(refused.filter((answer) => answer.body["scimType"] !== "uniqueness")).toEqual([]);
    expect(customer.app.counts()).toMatchObject({ users: 1, duplicates: 0 });
  });

  it("F62: a change that cannot be written to the audit is not made at all", async () => {
    const customer = await stage.onboard();
    const { driver } = customer;
    const { id } = await driver.create("ana");
    await stage.db.pool.query("alter table audit add constraint refused check (false) not valid");
    const post = await driver.send("POST", "/Users", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "ben",
    });
    const patch = await driver.send("PATCH", `/Users/${id}`, {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "replace", path: "active", value: false }],
    });
    const remove = await driver.send("DELETE", `/Users/${id}`);
    await stage.db.pool.query("alter table audit drop constraint refused");
    stage.startWorker();
    await customer.expectHealed();

    expect([post.status, patch.status, remove.status]).toEqual([500, 500, 500]);
  });
});
