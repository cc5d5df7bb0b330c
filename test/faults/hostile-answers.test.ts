import { gzipSync } from "node:zlib";
import type { Fault } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { listenInside } from "./listen-inside.ts";
import { forgetPeak, memoryMb } from "./process-memory.ts";
import { type Customer, openStage, type Stage } from "./stage.ts";
import type { Supervised } from "./supervise.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const SCIM = "application/scim+json";
const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";
/** Twice as many as are struck. */
const CALM = 40;
const MOST_GROWTH_MB = 50;
const JSON_OF_A_USER = JSON.stringify({ schemas: [USER], id: "nobody", userName: "nobody", active: true });

/** What is no SCIM, or no JSON, or not in the charset that it should be in. */
const BROKEN: readonly (string | Buffer)[] = [
  "",
  "{",
  JSON_OF_A_USER.slice(0, -1),
  `${JSON_OF_A_USER}}`,
  "null",
  "[]",
  '"created"',
  "NaN",
  "{'id':'x'}",
  "\u0000",
  "[".repeat(100_000),
  `{"id":${"9".repeat(400)}}`,
  Buffer.from(JSON_OF_A_USER, "utf16le"),
  Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(JSON_OF_A_USER, "utf16le")]),
  Buffer.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d),
  "<html><body>Created</body></html>",
];

describe("answers and requests that mean harm", () => {
  let stage: Stage;
  let worker: Supervised;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
    worker = stage.startWorker();
  });
  afterAll(() => stage.close());

  it("F45: broken JSON, other charsets and a name in two spellings or twice are 400 inbound; from an app they are no success and no harm", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    await driver.createMany("calm", CALM);
    await customer.expectHealed();
    const answer = (body: string | Buffer) => ({
      kind: "reply" as const,
      contentType: `${SCIM}; charset=utf-8`,
      body,
      times: 1,
    });
    app.faults.set(
      BROKEN.flatMap((body, index) => [
        { ...answer(body), status: 201, method: "POST", mentions: `"broken-${index}"` },
        // No body at all is how many apps say yes to a change.
        ...(body === "" ? [] : [{ ...answer(body), status: 200, method: "PATCH", mentions: `Title ${index}.` }]),
      ]),
    );
    // Among others that go well, or the lane would rest.
    await Promise.all([
      driver.createMany("broken", BROKEN.length, 2),
      driver.createMany("calm-too", 4 * BROKEN.length, 8),
      (async () => {
        for (let index = 0; index < CALM; index += 1) await driver.setTitle(`calm-${index}`, `Title ${index}.`);
      })(),
    ]);
    const before = await driver.send("GET", "/Users?count=1");
    const twice = `{"schemas":["${USER}"],"userName":"twice","USERNAME":"Twice"}`;
    const same = `{"schemas":["${USER}"],"userName":"twice","userName":"twice"}`;
    const answers = await Promise.all([...BROKEN, twice, same].map((body) => driver.send("POST", "/Users", body)));
    const after = await driver.send("GET", "/Users?count=1");
    await customer.expectHealed();

    expect(answers).toMatchObject(answers.map(() => ({ status: 400, body: { schemas: [ERROR], status: "400" } })));
    expect(after.body["totalResults"]).toBe(before.body["totalResults"]);
    expect(app.faults.list().every(({ struck }) => struck === 1)).toBe(true);
    expect([worker, ...stage.apis].map((one) => one.starts())).toEqual([1, 1]);
  });

  it.runIf(process.platform === "linux")(
    "F47: answers that grow a thousandfold when they are inflated, once or twice, are cut, and nobody's memory grows",
    async () => {
      const customer = await stage.onboard();
      const { app, driver } = customer;
      await driver.createMany("warm", 40);
      await customer.expectHealed();
      const once = gzipSync(Buffer.alloc(200_000_000, " "));
      const bombs = { gzip: once, "gzip, gzip": gzipSync(once), deflate: once, br: once };
      const { pid } = worker.current();
      const before = await memoryMb(pid);
      await forgetPeak(pid);
      app.faults.set(
        Object.entries(bombs).map(([encoding, body], index) => ({
          kind: "reply",
          status: 201,
          contentType: SCIM,
          headers: { "content-encoding": encoding },
          body,
          method: "POST",
          mentions: `"bomb-${index}"`,
          times: 1,
        })),
      );
      await driver.createMany("bomb", Object.keys(bombs).length);
      await driver.createMany("calm", 30);
      await waitFor(() => app.faults.list().every(({ struck }) => struck > 0), {
        timeoutMs: timing.healWithinMs,
        what: "every bomb to go off",
      });
      app.faults.clear();
      await customer.expectHealed();
      const after = await memoryMb(pid);

      expect(after.peak - before.resident).toBeLessThan(MOST_GROWTH_MB);
      expect(worker.starts()).toBe(1);
    },
  );

  it("F48: a redirect, to a metadata address too, is followed by nobody and puts the connection in quarantine", async () => {
    const inside = await listenInside();
    const places = [`http://127.0.0.1:${inside.port}/`, "http://169.254.169.254/latest/meta-data/", "//[::1]/"];
    const customers = await Promise.all(places.map(() => stage.onboard()));
    await Promise.all(
      customers.map(async ({ app, driver }, index) => {
        app.faults.set([redirect([307, 302, 308][index] ?? 301, places[index] ?? "")]);
        await driver.create("ana");
      }),
    );
    const states = await Promise.all(customers.map(untilQuarantined));
    const sent = customers.map(({ app }) => app.ledger().filter((entry) => entry.method === "POST").length);
    for (const { app } of customers) app.faults.clear();
    await Promise.all(customers.map((customer) => customer.expectHealed()));
    await inside.close();

    expect(states.map(({ reason }) => /30[278]/.test(reason ?? ""))).toEqual([true, true, true]);
    expect(sent).toEqual([1, 1, 1]);
    expect(inside.callers).toEqual([]);
  });
});

/** An answer that sends the caller elsewhere, whatever it asked. */
const redirect = (status: number, location: string): Fault => ({
  kind: "reply",
  status,
  contentType: "text/html",
  body: "",
  headers: { location },
});

async function untilQuarantined(customer: Customer) {
  return await waitFor(
    async () => {
      const status = await customer.status();
      return status.state === "quarantined" && status;
    },
    { timeoutMs: timing.healWithinMs, everyMs: 20, what: "the connection to be in quarantine" },
  );
}
