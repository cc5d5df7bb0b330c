import { createServer as createTcpServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { createDialer, type Dialer, parseEgressAllow } from "@muster/runtime";
import { type Attributes, errorUrn, listResponseUrn, userUrn } from "@muster/scim";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CallContext, Connector } from "../../connector.ts";
import { listenOnLoopback, startTarget, type TargetHandler, type TargetReply } from "../../fixtures/start-target.ts";
import type { FixedAuth } from "../../target-auth.ts";
import { createScimConnector } from "./create-scim-connector.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const now = new Date(Date.UTC(2026, 0, 1));
const auth: FixedAuth = { scheme: "bearer", token: "s3cr3t/t0ken/s3cr3t/t0ken" };
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function context(timeoutMs = 10_000, signal = new AbortController().signal): CallContext {
  return { signal, timeoutMs };
}

function connectorFor(baseUrl: string, through = dialer, signIn = auth): Connector {
  return createScimConnector(
    { dialer: through, now: () => now },
    { kind: "scim", baseUrl, auth: signIn, updateMethod: "patch" },
  );
}

async function connect(handler: TargetHandler | TargetReply, signIn = auth) {
  const target = await startTarget(typeof handler === "function" ? handler : () => handler);
  closers.push(target.close);
  return { ...target, connector: connectorFor(target.baseUrl, dialer, signIn) };
}

const ada: Attributes = { schemas: [userUrn], userName: "ada", externalId: "p1", active: true };
const stored = { ...ada, id: "7" };

/** The outcome of each method: create, read, find by externalId, find by userName, update, delete, probe. */
async function everyKind(connector: Connector, timeoutMs?: number): Promise<string> {
  const outcomes = [
    await connector.createUser(ada, context(timeoutMs)),
    await connector.readUser("7", context(timeoutMs)),
    await connector.findUsers({ attribute: "externalId", value: "p1" }, context(timeoutMs)),
    await connector.findUsers({ attribute: "userName", value: "ada" }, context(timeoutMs)),
    await connector.updateUser("7", { from: null, to: ada }, context(timeoutMs)),
    await connector.deleteUser("7", context(timeoutMs)),
    await connector.probe(context(timeoutMs)),
  ];
  for (const outcome of outcomes) expect(outcome.durationMs).toBeGreaterThanOrEqual(0);
  return outcomes.map((outcome) => outcome.kind).join(" ");
}

const scimError = (status: number, scimType?: string) => ({
  status,
  body: { schemas: [errorUrn], status: String(status), scimType, detail: "because" },
});

describe("the outcome of create, read, find by externalId, find by userName, update, delete and probe", () => {
  const all = (kind: string) => Array<string>(7).fill(kind).join(" ");

  it.each([
    [scimError(400, "invalidValue"), "permanent permanent ok permanent permanent permanent permanent"],
    [scimError(400, "uniqueness"), "conflict conflict ok conflict conflict conflict conflict"],
    [scimError(401), all("connection")],
    [scimError(403), all("connection")],
    [scimError(404), "connection gone ok ok gone ok connection"],
    [{ status: 404, body: "<html>not found</html>" }, all("connection")],
    [scimError(405), all("permanent")],
    [{ status: 408 }, all("transient")],
    [scimError(409, "uniqueness"), all("conflict")],
    [{ status: 410 }, "connection gone connection connection gone ok connection"],
    [scimError(413), all("permanent")],
    [scimError(422), all("permanent")],
    [{ status: 425 }, all("transient")],
    [{ status: 429 }, all("throttled")],
    [{ status: 500, body: "<html>oops</html>" }, "unknown transient transient transient transient transient transient"],
    [scimError(501), "permanent permanent ok permanent permanent permanent permanent"],
    [{ status: 502 }, "unknown transient transient transient transient transient transient"],
    [{ status: 503 }, "unknown transient transient transient transient transient transient"],
    [{ status: 503, headers: { "retry-after": "3" } }, all("throttled")],
    [{ status: 504 }, "unknown transient transient transient transient transient transient"],
    // F41: a login page or captive portal.
    [
      { status: 200, body: "<!doctype html><form action=login>" },
      "unknown transient transient transient transient transient transient",
    ],
    [
      { status: 200, body: '{"message":"please log in"}' },
      "unknown transient transient transient transient transient transient",
    ],
    [
      { status: 200, body: '{"id":"7","userName":"ada"' },
      "unknown transient transient transient transient transient transient",
    ],
    [{ status: 201, body: "" }, "unknown transient transient transient ok ok transient"],
    [
      { status: 200, body: Buffer.from('{"id":"7","userName":"ad\xe4"}', "latin1") },
      "ok ok transient transient ok ok transient",
    ],
    [
      { status: 200, body: `${"[".repeat(100_000)}${"]".repeat(100_000)}` },
      "unknown transient transient transient transient transient transient",
    ],
  ] satisfies [TargetReply, string][])("is right for %j", async (reply, expected) => {
    const { connector } = await connect(reply);

    expect(await everyKind(connector)).toBe(expected);
  });

  it.each([301, 302, 303, 307, 308])("F48: %i is not followed and concerns the connection", async (status) => {
    const inside = await connect({ status: 200, body: stored });
    const { connector, requests } = await connect({ status, headers: { location: `${inside.baseUrl}/Users` } });

    expect(await everyKind(connector)).toBe(all("connection"));
    expect(requests).toHaveLength(7);
    expect(inside.requests).toEqual([]);
    expect(await connector.probe(context())).toMatchObject({ detail: expect.stringContaining(inside.baseUrl) });
  });

  it("F27: silence or a broken connection after the request leaves changes unknown", async () => {
    const reset = await connect(() => "reset");
    const silent = await connect(() => "hang");
    const expected = "unknown transient transient transient unknown unknown transient";

    expect(await everyKind(reset.connector)).toBe(expected);
    expect(await everyKind(silent.connector, 30)).toBe(expected);
  });

  it("an app that is not there, or not to be reached, has seen nothing", async () => {
    const fenced = createDialer(parseEgressAllow([]));

    expect(await everyKind(connectorFor("http://127.0.0.1:1/scim/v2"))).toBe(all("transient"));
    expect(await everyKind(connectorFor("https://127.0.0.1/scim/v2", fenced))).toBe(all("connection"));
    expect(await everyKind(connectorFor("http://app.example/scim/v2", fenced))).toBe(all("connection"));
    expect(await everyKind(connectorFor("https://u:p@app.example/scim", fenced))).toBe(all("connection"));
    expect(await everyKind(connectorFor("not a url", fenced))).toBe(all("connection"));
  });

  it("credentials that are no header value concern the connection", async () => {
    const { connector, requests } = await connect({ status: 200 }, { scheme: "bearer", token: "two\r\nx-lines: 1" });

    expect(await everyKind(connector)).toBe(all("connection"));
    expect(requests).toEqual([]);
  });

  it("a call that is given up is transient before it left and unknown after a create has", async () => {
    const { connector, requests } = await connect(() => "hang");
    const abort = new AbortController();

    const early = await connector.createUser(ada, context(10_000, AbortSignal.abort()));
    const late = connector.createUser(ada, context(10_000, abort.signal));
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    abort.abort();

    expect([early.kind, (await late).kind]).toEqual(["transient", "unknown"]);
  });
});

describe("Retry-After", () => {
  it.each([
    ["7", 7_000],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["garbage", null],
    ["-1", null],
    ["31536000", 31_536_000_000],
  ])("F25: %s gives %j ms", async (value, retryAfterMs) => {
    const { connector } = await connect({ status: 429, headers: { "retry-after": value } });

    expect(await connector.createUser(ada, context())).toMatchObject({ kind: "throttled", retryAfterMs, status: 429 });
  });

  it("F25: garbage on a 503 is no reason to pause the lane", async () => {
    const { connector } = await connect({ status: 503, headers: { "retry-after": "soon" } });

    expect(await connector.readUser("7", context())).toMatchObject({ kind: "transient", status: 503 });
  });
});

describe("F28: a reply that breaks off", () => {
  const body = JSON.stringify(stored);
  const framings = {
    "with a length": `HTTP/1.1 201 Created\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    "in chunks": `HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    "until the end of the connection": `HTTP/1.1 201 Created\r\nconnection: close\r\n\r\n${body}`,
  };

  describe.each(Object.entries(framings))("%s", (_framing, whole) => {
    it.each(["end", "resetAndDestroy"] as const)(
      "after n bytes, by %s, for every n: an unknown create, a repeatable read",
      async (how) => {
        let cut = 0;
        const server = createTcpServer((socket) => {
          let served = false;
          socket.on("data", () => {
            if (served) return;
            served = true;
            socket.write(whole.slice(0, cut), () => socket[how]());
          });
        });
        const { port, close } = await listenOnLoopback(server);
        closers.push(close);
        const connector = connectorFor(`http://127.0.0.1:${port}`);

        for (cut = 0; cut < whole.length; cut++) {
          const [created, read] = await Promise.all([
            connector.createUser(ada, context()),
            connector.readUser("7", context()),
          ]);
          // The last bytes of the chunked framing add nothing to a body that is whole but must still come.
          expect([cut, created.kind, read.kind]).toEqual([cut, "unknown", "transient"]);
        }
        if (how === "end")
          expect(await connector.createUser(ada, context())).toMatchObject({ kind: "ok", value: { remoteId: "7" } });
      },
    );
  });

  it("F27: after which a look-up finds the user that was made", async () => {
    const users: object[] = [];
    const { connector } = await connect(({ method }) => {
      if (method === "GET")
        return { status: 200, body: { schemas: [listResponseUrn], totalResults: users.length, Resources: users } };
      users.push(stored);
      return "reset";
    });

    expect(await connector.createUser(ada, context())).toMatchObject({ kind: "unknown" });
    expect(await connector.findUsers({ attribute: "externalId", value: "p1" }, context())).toMatchObject({
      value: [{ remoteId: "7" }],
    });
    expect(users).toHaveLength(1);
  });
});

describe("replies that are too much", () => {
  it("F43: a huge reply to a create leaves it unknown, a huge 401 is a 401", async () => {
    const huge = Buffer.alloc(5 * 1024 * 1024, "x");

    expect(await (await connect({ status: 201, body: huge })).connector.createUser(ada, context())).toMatchObject({
      kind: "unknown",
    });
    expect(await (await connect({ status: 401, body: huge })).connector.createUser(ada, context())).toMatchObject({
      kind: "connection",
      status: 401,
    });
  });

  it("F47: a gzip bomb is capped and classed", async () => {
    const headers = { "content-encoding": "gzip" };
    const { connector } = await connect({ status: 200, headers, body: gzipSync(Buffer.alloc(10 * 1024 * 1024)) });

    expect(await everyKind(connector)).toBe("unknown transient transient transient unknown unknown transient");
  });
});

describe("a 404 without a SCIM Error", () => {
  const page = { status: 404, body: "<html>not found</html>" };
  const list = { status: 200, body: { schemas: [listResponseUrn], totalResults: 0, Resources: [] } };
  const onUser = ({ url }: { url: URL }) => url.pathname.endsWith("/Users/7");

  it("is not believed when the user can be read: the app lacks the method", async () => {
    const { connector } = await connect(({ method }) => (method === "GET" ? { status: 200, body: stored } : page));

    for (const outcome of [
      await connector.updateUser("7", { from: null, to: ada }, context()),
      await connector.deleteUser("7", context()),
    ]) {
      expect(outcome).toMatchObject({
        kind: "permanent",
        status: 404,
        detail: expect.stringContaining("the user is there"),
      });
    }
  });

  it("is believed when the read says the same and the collection answers", async () => {
    const { connector } = await connect((request) => (onUser(request) ? page : list));

    expect(await connector.readUser("7", context())).toMatchObject({ kind: "gone" });
    expect(await connector.updateUser("7", { from: null, to: ada }, context())).toMatchObject({ kind: "gone" });
    expect(await connector.deleteUser("7", context())).toMatchObject({ kind: "ok", value: null, status: 404 });
  });

  it("is believed when a SCIM Error confirms it", async () => {
    const { connector } = await connect(({ method }) => (method === "GET" ? scimError(404) : page));

    expect(await connector.updateUser("7", { from: null, to: ada }, context())).toMatchObject({ kind: "gone" });
  });

  it("never counts a leaver as removed while the whole app answers 404", async () => {
    const { connector } = await connect(page);

    expect(await connector.deleteUser("7", context())).toMatchObject({ kind: "connection", status: 404 });
    expect(await connector.readUser("7", context())).toMatchObject({ kind: "connection" });
  });

  it("shares the deadline of the call with its second looks", async () => {
    const { baseUrl } = await connect((request) => (onUser(request) ? page : list));
    const given: number[] = [];
    const slow: Dialer = {
      ...dialer,
      async request(call) {
        given.push(call.timeoutMs);
        const [reply] = await Promise.all([dialer.request(call), setTimeout(20)]);
        return reply;
      },
    };

    await connectorFor(baseUrl, slow).deleteUser("7", context(10_000));

    expect(given).toHaveLength(3);
    expect(given[2]).toBeLessThanOrEqual(10_000 - 2 * 19);
  });
});

describe("a delete that is answered with something of its own", () => {
  const odd = { status: 200, body: { message: "done" } };
  const after = async (read: TargetReply, reply: TargetReply = odd) => {
    const { connector } = await connect(({ method }) => (method === "DELETE" ? reply : read));
    return (await connector.deleteUser("7", context())).kind;
  };

  it("is done when the user is then gone or inactive, and not when still there", async () => {
    expect(await after(scimError(404))).toBe("ok");
    expect(await after({ status: 200, body: { ...stored, active: false } })).toBe("ok");
    expect(await after({ status: 200, body: stored })).toBe("transient");
    expect(await after({ status: 200, body: { message: "please log in" } })).toBe("transient");
  });

  it("is done when it is answered with the user", async () => {
    expect(await after({ status: 500 }, { status: 200, body: stored })).toBe("ok");
  });
});

describe("probe", () => {
  it.each([400, 404, 501])("falls back to an unfiltered read where a filter is answered with %i", async (status) => {
    const { connector, requests } = await connect(({ url }) =>
      url.searchParams.has("filter")
        ? scimError(status)
        : { status: 200, body: { totalResults: 1, Resources: [stored] } },
    );

    expect(await connector.probe(context())).toMatchObject({ kind: "ok", value: null });
    expect(requests.map((request) => request.url.searchParams.get("count"))).toEqual(["1", "1"]);
  });
});

describe("V71: what is kept of a target's text", () => {
  it.each([
    ["raw", (text: string) => `You sent ${text}!`],
    ["in a SCIM Error", (text: string) => JSON.stringify({ schemas: [errorUrn], detail: `bad header ${text}` })],
    ["with escaped slashes", (text: string) => `{"header":"${text.replaceAll("/", "\\/")}"}`],
    ["cut short", (text: string) => `token ${text.slice(0, 19)}... refused`],
  ])("holds no credential that is echoed %s", async (_way, echo) => {
    const { connector } = await connect(({ headers }) => ({
      status: 400,
      body: echo(String(headers["authorization"])),
    }));

    const outcome = await connector.createUser(ada, context());

    expect(outcome).toMatchObject({ kind: "permanent", detail: expect.stringContaining("[redacted]") });
    expect(JSON.stringify(outcome)).not.toContain("s3cr3t");
  });

  it("holds neither a Basic pair nor the password of the person who was sent", async () => {
    const basic: FixedAuth = { scheme: "basic", username: "muster", password: "correct horse" };
    const { connector } = await connect(
      (request) => ({ status: 422, body: `${request.headers["authorization"]} ${request.body}` }),
      basic,
    );

    const outcome = await connector.createUser({ ...ada, password: "initial-pa55" }, context());

    const text = JSON.stringify(outcome);
    for (const secret of ["correct horse", btoa("muster:correct horse"), "initial-pa55"])
      expect(text).not.toContain(secret);
  });

  it("is one line of at most 500 characters without controls, however long the reply", async () => {
    const script = `<script>alert(1)</script>\u001b[31m\r\n${"x".repeat(900_000)}`;
    const { connector } = await connect({ status: 400, body: script });

    const outcome = await connector.createUser(ada, context());
    const detail = outcome.kind === "ok" ? "" : outcome.detail;

    expect(detail).toHaveLength(500);
    expect(detail).toContain("POST answered 400: <script>alert(1)</script>\\u{1b}[31m xxx");
  });
});
