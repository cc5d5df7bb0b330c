import { afterEach, describe, expect, it } from "vitest";
import type { HttpServer } from "./listen.ts";
import { createMetrics } from "./metrics.ts";
import { type HealthDeps, serveHealth } from "./serve-health.ts";

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function health(
  deps: Partial<HealthDeps>,
): Promise<(path: string, method?: string) => Promise<[number, string]>> {
  const server = await serveHealth({
    metrics: createMetrics(),
    ready: () => Promise.resolve({ ok: true, checks: { postgres: "ok" } }),
    host: "127.0.0.1",
    port: 0,
    ...deps,
  });
  open.push(server);
  return async (path, method = "GET") => {
    const reply = await fetch(server.url + path, { method });
    return [reply.status, await reply.text()];
  };
}

describe("serveHealth", () => {
  it("answers alive, ready, metrics, and nothing else", async () => {
    const metrics = createMetrics();
    metrics.counter({ name: "muster_pushes_total", help: "Pushes", labels: ["outcome"] }).inc({ outcome: "applied" });
    const ask = await health({ metrics });

    expect(await ask("/healthz")).toEqual([200, '{"status":"ok"}']);
    expect(await ask("/readyz?probe=1")).toEqual([200, '{"status":"ready","checks":{"postgres":"ok"}}']);
    expect((await ask("/metrics"))[1]).toContain('muster_pushes_total{outcome="applied"} 1');
    expect((await ask("/healthz", "POST"))[0]).toBe(405);
    expect((await ask("/other"))[0]).toBe(404);
  });

  it("is alive but not ready when a check fails, throws or hangs", async () => {
    const cases: [HealthDeps["ready"], string][] = [
      [() => Promise.resolve({ ok: false, checks: { postgres: "down" } }), "down"],
      [() => Promise.reject(new Error("hunter2")), "failed"],
      [() => new Promise(() => undefined), "no answer in 10 ms"],
    ];

    for (const [ready, text] of cases) {
      const ask = await health({ ready, readyLimitMs: 10 });
      const [status, body] = await ask("/readyz");
      expect([status, body]).toEqual([503, expect.stringContaining(text)]);
      expect(body).not.toContain("hunter2");
      expect((await ask("/healthz"))[0]).toBe(200);
    }
  });

  it("answers 503 when a metric cannot be collected", async () => {
    const metrics = createMetrics();
    metrics.gauge({ name: "broken", help: "Broken", collect: () => Promise.reject(new Error("hunter2")) });
    const ask = await health({ metrics });

    expect(await ask("/metrics")).toEqual([503, '{"status":"metrics not available"}']);
  });
});

describe("createMetrics", () => {
  it("keeps registries apart and gives the same metric for the same name", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.counter({ name: "n_total", help: "N" }).inc();
    one.counter({ name: "n_total", help: "N" }).inc({}, 2);
    one.histogram({ name: "d_seconds", help: "D", labels: ["route"], buckets: [1, 5] }).observe(2, { route: "Users" });
    one.gauge({ name: "g", help: "G" }).set(4);

    const text = await one.text();

    expect(text).toContain("n_total 3");
    expect(text).toContain('d_seconds_bucket{le="5",route="Users"} 1');
    expect(text).toContain("g 4");
    expect(await other.text()).not.toContain("n_total");
    expect(() => one.gauge({ name: "n_total", help: "N" })).toThrow(/another kind/);
  });

  it("reads a collected gauge when asked, without keeping labels that are gone", async () => {
    const metrics = createMetrics({ withProcess: true });
    let states = ["synced", "failing"];
    const collect = (): Promise<{ value: number; labels: { state: string } }[]> =>
      Promise.resolve(states.map((state) => ({ value: 1, labels: { state } })));
    metrics.gauge({ name: "accounts", help: "Accounts", labels: ["state"], collect });

    expect(await metrics.text()).toContain('accounts{state="failing"} 1');
    states = ["synced"];
    const text = await metrics.text();

    expect(text).not.toContain("failing");
    expect(text).toContain("process_cpu_seconds_total");
  });
});
