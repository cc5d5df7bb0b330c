import { afterEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "./fault-board.ts";
import type { SampleApp, SampleAppOptions } from "./sample-app.ts";
import { startSampleApp } from "./start-sample-app.ts";

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const token = "secret";

const started: SampleApp[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.close()));
});

async function start(faults: Fault[], options: SampleAppOptions = {}): Promise<SampleApp> {
  const app = await startSampleApp({ auth: { scheme: "bearer", token }, faults, ...options });
  started.push(app);
  return app;
}

function create(app: SampleApp, userName: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${app.baseUrl}/Users`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    body: JSON.stringify({ schemas: [USER], userName, active: true }),
    ...(signal !== undefined && { signal }),
  });
}

function list(app: SampleApp): Promise<Response> {
  return fetch(`${app.baseUrl}/Users`, { headers: { authorization: `Bearer ${token}` } });
}

describe("faults", () => {
  it.each(["3", new Date(0).toUTCString(), "soon", "-5", "31536000"])(
    "F25: answers 429 with Retry-After %s as it is, a limited number of times, applying nothing",
    async (retryAfter) => {
      const app = await start([{ kind: "status", status: 429, retryAfter, times: 2 }]);

      const answers = [await create(app, "a"), await create(app, "a"), await create(app, "a")];

      expect(answers.map((answer) => answer.status)).toEqual([429, 429, 201]);
      expect(answers[0]?.headers.get("retry-after")).toBe(retryAfter);
      expect(app.ledger().map((entry) => entry.faults)).toEqual([["status"], ["status"], undefined]);
    },
  );

  it("F26: strikes by method, path, mention, chance and after a number of passes", async () => {
    const randoms = [0.1, 0.9];
    const app = await start(
      [
        { kind: "status", status: 503, method: "DELETE" },
        { kind: "status", status: 503, path: "/Groups" },
        { kind: "status", status: 500, mentions: "mentioned", times: 1 },
        { kind: "status", status: 502, mentions: "chance", probability: 0.3 },
        { kind: "status", status: 504, mentions: "later", skip: 1 },
      ],
      { random: () => randoms.shift() ?? 1 },
    );

    const statuses = [];
    for (const name of ["plain", "mentioned", "chance1", "chance2", "later1", "later2"]) {
      statuses.push((await create(app, name)).status);
    }

    expect(statuses).toEqual([201, 500, 502, 201, 201, 504]);
  });

  it("answers 500 after having applied the request", async () => {
    const app = await start([{ kind: "status", status: 500, applied: true, times: 1 }]);

    const answer = await create(app, "a");

    expect(answer.status).toBe(500);
    expect(app.users()).toHaveLength(1);
  });

  it("F27: applies and then destroys the socket, or never answers", async () => {
    const app = await start([
      { kind: "swallow", how: "destroy", times: 1 },
      { kind: "swallow", how: "silence", times: 1 },
    ]);

    await expect(create(app, "a")).rejects.toThrow();
    const silent = new AbortController();
    const pending = create(app, "b", silent.signal);
    await vi.waitFor(() => expect(app.users()).toHaveLength(2));
    silent.abort();

    await expect(pending).rejects.toThrow();
    expect(app.ledger().map(({ status, answered }) => [status, answered])).toEqual([
      [201, false],
      [201, false],
    ]);
  });

  it("F28: resets after every number of bytes of the reply, having applied each request", async () => {
    const app = await start([]);
    const whole = (await (await create(app, "whole")).text()).length;

    for (const afterBytes of [0, 1, 9, 40, 200, whole]) {
      app.faults.set([{ kind: "reset", afterBytes, times: 1 }]);
      const outcome = create(app, `user${afterBytes}`).then((response) => response.text());
      await expect(outcome, `after ${afterBytes} bytes`).rejects.toThrow();
    }

    expect(app.users()).toHaveLength(7);
  });

  it("hangs without applying until the caller gives up", async () => {
    const app = await start([{ kind: "hang", times: 1 }]);
    const caller = new AbortController();
    const pending = create(app, "a", caller.signal);
    await vi.waitFor(() => expect(app.counts().inFlight).toBe(1));

    caller.abort();

    await expect(pending).rejects.toThrow();
    await vi.waitFor(() => expect(app.counts().inFlight).toBe(0));
    expect(app.users()).toEqual([]);
    expect(app.ledger()[0]).toMatchObject({ status: 0, answered: false });
  });

  it("F30: hides new objects from reads, and from the uniqueness check when told so", async () => {
    let nowMs = 1_000_000;
    const app = await start([{ kind: "hide-new", hiddenMs: 3_000, uncounted: true, mentions: "twice" }], {
      now: () => nowMs,
    });
    app.faults.add({ kind: "hide-new", hiddenMs: 3_000, mentions: "once" });

    const statuses = [];
    for (const name of ["twice", "twice", "once", "once"]) statuses.push((await create(app, name)).status);
    const hidden = await (await list(app)).json();
    nowMs += 3_000;
    const visible = await (await list(app)).json();

    expect(statuses).toEqual([201, 201, 201, 409]);
    expect(hidden).toMatchObject({ totalResults: 0 });
    expect(visible).toMatchObject({ totalResults: 3 });
    expect(app.duplicates()).toHaveLength(1);
  });

  it("F41: answers a login page with 200 and applies nothing", async () => {
    const app = await start([{ kind: "html200", times: 1 }]);

    const answer = await create(app, "a");

    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(app.users()).toEqual([]);
  });

  it("F42: answers with another id, userName or active than it stored", async () => {
    const app = await start([{ kind: "alter", set: { id: "other", active: false } }]);

    const answer = await create(app, "a");

    expect(await answer.json()).toMatchObject({ id: "other", active: false, userName: "a" });
    expect(app.users()[0]?.active).toBe(true);
    expect(app.users()[0]?.id).not.toBe("other");
  });

  it("F43: pads a reply up to a size", async () => {
    const app = await start([{ kind: "huge-reply", totalBytes: 3_000_000, times: 1 }]);

    const answer = await create(app, "a");

    expect((await answer.text()).length).toBe(3_000_000);
  });

  it("F35: answers 401 on demand, and anything else that is asked for", async () => {
    const app = await start([
      { kind: "unauthorized", times: 1 },
      {
        kind: "reply",
        status: 302,
        contentType: "text/plain",
        body: "x",
        headers: { location: "http://[::1]:9/" },
        times: 1,
      },
    ]);

    const refused = await create(app, "a");
    const redirect = await fetch(`${app.baseUrl}/Users`, { redirect: "manual" });

    expect(refused.status).toBe(401);
    expect([redirect.status, redirect.headers.get("location")]).toEqual([302, "http://[::1]:9/"]);
  });

  it("limits the rate by its clock", async () => {
    let nowMs = 1_000_000;
    const app = await start([{ kind: "rate-limit", perSecond: 2, retryAfter: "1" }], { now: () => nowMs });

    const first = [await list(app), await list(app), await list(app)].map((answer) => answer.status);
    nowMs += 1_000;
    const next = (await list(app)).status;

    expect(first).toEqual([200, 200, 429]);
    expect(next).toBe(200);
  });

  it("waits before applying or after, adding up with an outcome", async () => {
    const app = await start([
      { kind: "latency", latencyMs: 20 },
      { kind: "latency", latencyMs: 20, when: "after-applying" },
      { kind: "status", status: 503, times: 1 },
    ]);

    await create(app, "a");

    const [entry] = app.ledger();
    // Timers may fire a millisecond early by another clock.
    expect((entry?.doneAtMs ?? 0) - (entry?.atMs ?? 0)).toBeGreaterThanOrEqual(38);
    expect(entry?.faults).toEqual(["latency", "latency", "status"]);
  });
});

describe("control endpoints", () => {
  async function control(app: SampleApp, method: string, path: string, body?: unknown) {
    const response = await fetch(`${app.controlUrl}/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("sets faults, shows state, ledger, counts and duplicates, and forgets", async () => {
    const app = await start([]);
    await control(app, "PUT", "faults", { kind: "status", status: 503, times: 1 });
    const statuses = [(await create(app, "a")).status, (await create(app, "a")).status];

    const faults = await control(app, "GET", "faults");
    const state = await control(app, "GET", "state");
    const ledger = await control(app, "GET", "ledger?afterSeq=1");
    const counts = await control(app, "GET", "counts");
    await control(app, "DELETE", "faults");
    await control(app, "DELETE", "state");

    expect(statuses).toEqual([503, 201]);
    expect(faults.body).toEqual({ faults: [{ fault: { kind: "status", status: 503, times: 1 }, struck: 1 }] });
    expect(state.body).toMatchObject({ users: [{ userName: "a", active: true }], counts: { total: 2 } });
    expect(ledger.body).toMatchObject({ entries: [{ seq: 2, status: 201 }] });
    expect(counts.body).toMatchObject({ total: 2, users: 1 });
    expect([app.faults.list(), app.users(), app.ledger()]).toEqual([[], [], []]);
  });

  it("plays the app's own admin by hand, outside the ledger", async () => {
    const app = await start([]);

    await control(app, "PUT", "users", { userName: "a", title: "one" });
    await control(app, "PUT", "users", { userName: "A", title: "two" });
    const afterPut = app.users().map(({ userName, raw }) => [userName, raw["title"]]);
    const deleted = await control(app, "DELETE", "users?userName=a");

    expect(afterPut).toEqual([["A", "two"]]);
    expect(deleted.body).toEqual({ deleted: true });
    expect(app.users()).toEqual([]);
    expect(app.ledger()).toEqual([]);
  });

  it("changes the credential", async () => {
    const app = await start([]);

    const bad = await control(app, "PUT", "auth", { scheme: "bearer" });
    await control(app, "PUT", "auth", { scheme: "bearer", token: "new" });

    expect(bad.status).toBe(400);
    expect((await list(app)).status).toBe(401);
  });

  it.each([
    ["an unknown kind", { kind: "explode" }, "unknown fault kind"],
    ["a missing field", { kind: "status" }, "needs status"],
    ["a wrong type", { kind: "latency", latencyMs: "5" }, "must be a number"],
    ["an unknown field", { kind: "hang", foo: 1 }, "has no foo"],
    ["a wrong choice", { kind: "swallow", how: "quietly" }, "must be one of"],
  ])("refuses a fault with %s and keeps those it has", async (_case, fault, message) => {
    const app = await start([{ kind: "hang", path: "/Never" }]);

    const answer = await control(app, "PUT", "faults", [fault]);

    expect(answer.status).toBe(400);
    expect(answer.body["error"]).toContain(message);
    expect(app.faults.list()).toHaveLength(1);
  });
});
