import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseEgressAllow } from "./dial/egress-policy.ts";
import type { DialReply } from "./dial/exchange.ts";
import { createDialer, type Dialer, type DialerOptions, type DialRequest } from "./dial.ts";
import { listenOnLoopback } from "./fixtures/listen-on-loopback.ts";

const loopback = parseEgressAllow(["127.0.0.0/8"]);
const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function dialer(options?: DialerOptions): Dialer {
  const made = createDialer(loopback, options);
  cleanups.push(() => made.close());
  return made;
}

async function listen(server: Server): Promise<string> {
  const { host, close } = await listenOnLoopback(server);
  cleanups.push(close);
  return host;
}

const serve = (handler: (...args: Parameters<RequestListener>) => unknown) =>
  listen(createServer((request, response) => void handler(request, response)));

/** Answers raw bytes to whatever comes. */
const serveBytes = (bytes: string | Buffer) =>
  listen(createTcpServer((socket) => socket.once("data", () => socket.end(bytes))));

function get(through: Dialer, url: string, more: Partial<DialRequest> = {}): Promise<DialReply> {
  const signal = new AbortController().signal;
  return through.request({ url, method: "GET", headers: {}, signal, timeoutMs: 5_000, ...more });
}

const failure = (sent: boolean, code: string) => expect.objectContaining({ kind: "failed", sent, code });

describe("a request", () => {
  it("carries method, path, headers and body, and gives back status, headers and text", async () => {
    const seen: unknown[] = [];
    const host = await serve(async (request, response) => {
      const body = await text(request);
      seen.push([request.method, request.url, request.headers.authorization, request.headers.host, body]);
      response.writeHead(201, { "x-answer": "yes" }).end('\ufeff{"name":"Zoë"}');
    });

    const reply = await get(dialer(), `http://${host}/a/b?c=d%20e`, {
      method: "POST",
      headers: { authorization: "Bearer x" },
      body: '{"ö":1}',
    });

    expect(seen).toEqual([["POST", "/a/b?c=d%20e", "Bearer x", host, '{"ö":1}']]);
    expect(reply).toMatchObject({ kind: "reply", status: 201, body: '{"name":"Zoë"}', headers: { "x-answer": "yes" } });
  });

  it("reuses its connection", async () => {
    let connections = 0;
    const server = createServer((_request, response) => response.end("ok")).on("connection", () => {
      connections += 1;
    });
    const host = await listen(server);
    const through = dialer({ maxConnectionsPerOrigin: 1 });

    for (let i = 0; i < 5; i++) await get(through, `http://${host}/`);

    expect(connections).toBe(1);
  });

  it("lets an idle connection die after the idle time", async () => {
    let closed = 0;
    const server = createServer({ keepAliveTimeout: 0 }, (_request, response) => response.end("ok")).on(
      "connection",
      (socket) => {
        socket.on("close", () => {
          closed += 1;
        });
      },
    );
    const host = await listen(server);

    await get(dialer({ idleTimeoutMs: 20 }), `http://${host}/`);

    await vi.waitFor(() => expect(closed).toBe(1));
  });

  it.each(["/a b", "/ä", "/a#b", "/a\r\nx: y"])("refuses the path %j, which is not encoded", async (path) => {
    expect(await get(dialer(), `http://127.0.0.1:1${path}`)).toEqual(failure(false, "invalid"));
  });

  it("refuses a Host header and a header that is not one line", async () => {
    const host = await serve((_request, response) => response.end("ok"));
    const through = dialer();

    expect(await get(through, `http://${host}/`, { headers: { Host: "other.example" } })).toEqual(
      failure(false, "blocked"),
    );
    expect(await get(through, `http://${host}/`, { headers: { "x-a": "b\r\nx-c: d" } })).toEqual(
      failure(false, "invalid"),
    );
  });

  it("counts as one origin however often it is used, and closes idle origins beyond the limit", async () => {
    const hosts = await Promise.all([1, 2, 3].map(() => serve((_request, response) => response.end("ok"))));
    const through = dialer({ maxOrigins: 2 });

    for (const host of [...hosts, ...hosts])
      expect(await get(through, `http://${host}/`)).toMatchObject({ status: 200 });

    expect(through.stats()).toEqual({ origins: 2, inFlight: 0 });
  });
});

describe("redirects", () => {
  it.each([301, 302, 303, 307, 308])("V67: %i is given back and not followed", async (status) => {
    let second = 0;
    const other = await serve((_request, response) => {
      second += 1;
      response.end();
    });
    const host = await serve((_request, response) =>
      response.writeHead(status, { location: `http://${other}/` }).end(),
    );

    const reply = await get(dialer(), `http://${host}/`, { headers: { authorization: "Bearer x" } });

    expect(reply).toMatchObject({ kind: "reply", status, headers: { location: `http://${other}/` } });
    expect(second).toBe(0);
  });
});

describe("whether the request may have reached the server", () => {
  it("is no when nobody listens", async () => {
    expect(await get(dialer(), "http://127.0.0.1:1/")).toEqual(failure(false, "refused"));
  });

  it("F49: is no when the name does not resolve in time, or not at all", async () => {
    const silent = dialer({ dnsTimeoutMs: 10, resolve: () => new Promise(() => {}) });
    const unknown = dialer({ resolve: async () => Promise.reject(new Error("no such name")) });
    const empty = dialer({ resolve: async () => [] });

    for (const through of [silent, unknown, empty]) {
      expect(await get(through, "https://app.example/")).toEqual(failure(false, "dns"));
    }
  });

  it("is no when the deadline passes before there is a connection", async () => {
    const through = dialer({ resolve: () => new Promise(() => {}) });

    expect(await get(through, "https://app.example/", { timeoutMs: 10 })).toEqual(failure(false, "timeout"));
  });

  it("is no while waiting for a free connection, and the request is then never sent", async () => {
    const seen: (string | undefined)[] = [];
    let answer = () => {};
    const host = await serve((request, response) => {
      seen.push(request.url);
      if (request.url === "/first") answer = () => response.end("ok");
      else response.end("ok");
    });
    const through = dialer({ maxConnectionsPerOrigin: 1 });
    const first = get(through, `http://${host}/first`);
    await vi.waitFor(() => expect(seen).toEqual(["/first"]));

    const late = await get(through, `http://${host}/late`, { timeoutMs: 10 });
    const abort = new AbortController();
    const dropped = get(through, `http://${host}/dropped`, { signal: abort.signal });
    abort.abort();
    answer();
    await first;
    await get(through, `http://${host}/last`);

    expect(late).toEqual(failure(false, "timeout"));
    expect(await dropped).toEqual(failure(false, "aborted"));
    expect(seen).toEqual(["/first", "/last"]);
  });

  it("is no when the signal had already fired", async () => {
    expect(await get(dialer(), "http://127.0.0.1:1/", { signal: AbortSignal.abort() })).toEqual(
      failure(false, "aborted"),
    );
  });

  it("is yes once the server has it and the deadline passes or the caller gives up", async () => {
    let arrived = 0;
    const host = await serve(() => {
      arrived += 1;
    });
    const through = dialer();
    const abort = new AbortController();

    const aborted = get(through, `http://${host}/`, { signal: abort.signal });
    await vi.waitFor(() => expect(arrived).toBe(1));
    abort.abort();

    expect(await aborted).toEqual(failure(true, "aborted"));
    expect(await get(through, `http://${host}/`, { timeoutMs: 50 })).toEqual(failure(true, "timeout"));
  });

  it("is yes when the connection breaks without a reply", async () => {
    const host = await listen(createTcpServer((socket) => socket.once("data", () => socket.resetAndDestroy())));

    expect(await get(dialer(), `http://${host}/`)).toEqual(failure(true, "reset"));
  });

  it("F44: is yes when the reply drips and the deadline ends it", async () => {
    const host = await serve((_request, response) => {
      response.writeHead(200).flushHeaders();
      const drip = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(drip));
    });

    expect(await get(dialer(), `http://${host}/`, { timeoutMs: 60 })).toMatchObject({
      sent: true,
      code: "timeout",
      status: 200,
    });
  });
});

describe("replies that are too much", () => {
  it("F43: an endless body is cut at the limit", async () => {
    let written = 0;
    let closed = false;
    const host = await serve((_request, response) => {
      const block = Buffer.alloc(64 * 1024, "x");
      const pump = () => {
        while (!closed && response.write(block)) written += block.length;
      };
      response.on("drain", pump).on("close", () => {
        closed = true;
      });
      pump();
    });

    const reply = await get(dialer(), `http://${host}/`);

    expect(reply).toMatchObject({ kind: "failed", sent: true, code: "tooLarge", status: 200 });
    await vi.waitFor(() => expect(closed).toBe(true));
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it("headers beyond the limit are refused", async () => {
    const host = await serveBytes(`HTTP/1.1 200 OK\r\nx-long: ${"y".repeat(17 * 1024)}\r\ncontent-length: 0\r\n\r\n`);

    expect(await get(dialer(), `http://${host}/`)).toEqual(failure(true, "tooLarge"));
  });

  it("a body of exactly the limit passes", async () => {
    const host = await serve((_request, response) => response.end("x".repeat(1024 * 1024)));

    expect(await get(dialer(), `http://${host}/`)).toMatchObject({ kind: "reply", status: 200 });
  });
});

describe("content encodings", () => {
  const plain = JSON.stringify({ hello: "world" });
  const answer = (body: Buffer, coding: string | string[]) =>
    serve((_request, response) => response.setHeader("content-encoding", coding).end(body));

  it.each([
    ["gzip", gzipSync(plain)],
    ["X-GZIP", gzipSync(plain)],
    ["deflate", deflateSync(plain)],
    ["deflate", deflateRawSync(plain)],
    ["br", brotliCompressSync(plain)],
    ["identity", Buffer.from(plain)],
  ])("%s is undone", async (coding, body) => {
    expect(await get(dialer(), `http://${await answer(body, coding)}/`)).toMatchObject({ kind: "reply", body: plain });
  });

  it("F47: a bomb is capped while it inflates", async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));

    expect(await get(dialer(), `http://${await answer(bomb, "gzip")}/`)).toEqual(failure(true, "tooLarge"));
  });

  it.each([
    ["gzip, gzip", gzipSync(gzipSync(plain))],
    [Array<string>(1000).fill("gzip").join(","), gzipSync(plain)],
    ["zstd", Buffer.from(plain)],
    ["constructor", Buffer.from(plain)],
    ["gzip", Buffer.from(plain)],
    ["gzip", gzipSync(plain).subarray(0, 20)],
  ])("V68: %.20s is refused when stacked, unknown or broken", async (coding, body) => {
    expect(await get(dialer(), `http://${await answer(body, coding)}/`)).toEqual(failure(true, "encoding"));
  });

  it("V68: two headers are as bad as two codings in one", async () => {
    const host = await answer(gzipSync(gzipSync(plain)), ["gzip", "gzip"]);

    expect(await get(dialer(), `http://${host}/`)).toEqual(failure(true, "encoding"));
  });
});

describe("what is not HTTP", () => {
  it.each([
    ["not http at all\r\n\r\n", "protocol"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", "reset"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe", "reset"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhe", "protocol"],
    ["HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", "reset"],
    ["", "reset"],
  ])("%j fails as sent", async (bytes, code) => {
    expect(await get(dialer(), `http://${await serveBytes(bytes)}/`)).toEqual(failure(true, code));
  });
});
