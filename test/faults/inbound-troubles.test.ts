import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createDriver } from "./driver.ts";
import { callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";

describe("trouble at the front door", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres", apis: 2 });
    stage.startWorker();
  });
  afterAll(() => stage.close());

  it("F29: fifty create the same person at once: one does, the others are told, and the app has one account", async () => {
    const customer = await stage.onboard({ app: { uniqueNames: false } });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        customer.driver.send("POST", "/Users", { schemas: [USER], userName: "ana", active: true }),
      ),
    );
    await customer.driver.create("ana");
    await customer.expectHealed();

    expect(answers.map((answer) => answer.status).sort()).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
    expect(customer.app.counts()).toMatchObject({ users: 1, duplicates: 0 });
  });

  it("F34: the token is replaced under load: both work until the overlap ends, and no write is lost", async () => {
    const customer = await stage.onboard();
    const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
    const { items } = await callAdmin(gateway, "GET", `/api/v1/tenants/${customer.tenantId}/directories`);
    const tokensPath = `/api/v1/tenants/${customer.tenantId}/directories/${items[0].id}/tokens`;
    const [old] = (await callAdmin(gateway, "GET", tokensPath)).items;
    const first = customer.driver.createMany("old", 60);
    const made = await callAdmin(gateway, "POST", tokensPath, { replaces: old.id, overlapHours: 1 });
    const endpointUrl = new URL(`/scim/v2/${items[0].id}`, gateway.origin).href;
    const renewed = createDriver({ endpointUrl, bearerToken: made.bearerToken, origins: stage.origins });
    await Promise.all([first, renewed.createMany("new", 60)]);
    const before = await customer.driver.send("GET", "/Users?count=1");
    await callAdmin(gateway, "DELETE", `${tokensPath}/${old.id}`);
    const revokedAtMs = Date.now();
    while ((await customer.driver.send("GET", "/Users?count=1")).status !== 401)
      expect(Date.now() - revokedAtMs).toBeLessThan(timing.healWithinMs);
    const after = await renewed.send("GET", "/Users?count=1");

    expect([before.status, after.status]).toEqual([200, 200]);
    expect([...customer.driver.troubles, ...renewed.troubles]).toEqual([]);
    expect(after.body["totalResults"]).toBe(120);
  });

  it("F46: whatever text a name holds, it arrives in the app as it was sent, or is refused with 400", async () => {
    const customer = await stage.onboard();
    const hostile = fc.constantFrom(
      "\u0000",
      "a\u0000b",
      "\ud800",
      "\udc00x",
      "\u202edrawkcab",
      "\u2066isolated\u2069",
      "\ufeffmarked",
      "\u{1f469}\u200d\u{1f680}",
      "e\u0301",
      "\uffff",
      "\u007f\u0085",
      "x".repeat(64_000),
      "\u{1f600}".repeat(16_000),
    );
    const text = fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 60 }));
    const taken = new Map<string, string>();
    let made = 0;

    await fc.assert(
      fc.asyncProperty(text, async (familyName) => {
        made += 1;
        const userName = `person-${made}`;
        const answer = await customer.driver.send("POST", "/Users", {
          schemas: [USER],
          userName,
          name: { familyName },
        });
        expect([201, 400]).toContain(answer.status);
        if (answer.status === 201) taken.set(userName, familyName);
      }),
      { numRuns: 120, endOnFailure: true },
    );
    await vi.waitFor(async () => expect((await customer.status()).settled).toBe(true), { timeout: 60_000 });

    const inApp = new Map(customer.app.users().map((user) => [user.userName, familyNameOf(user.raw)]));
    expect(taken.size).toBeGreaterThan(0);
    expect(inApp).toEqual(taken);
    expect(stage.apis.map((api) => api.starts())).toEqual([1, 1]);
  });
});

function familyNameOf(user: Record<string, unknown>): unknown {
  const { name } = user;
  return typeof name === "object" && name !== null && "familyName" in name ? name.familyName : "";
}
