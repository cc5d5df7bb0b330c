import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HttpServer, type ListenInput, listen } from "./listen.ts";
import { readJson } from "./read-json.ts";

const open: HttpServer[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    socket.destroy();
  }
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(input: Partial<ListenInput> = {}): Promise<HttpServer> {
  const server = await listen({
    handler: (req, res) => res.end(`${req.url ?? ""} ${req.headers.authorization ?? ""}`),
    host: "127.0.0.1",
    port: 0,
    onParseError: (status) => ({
      contentType: "application/scim+json",
      body: JSON.stringify({ status: String(status) }),
    }),
    ...input,
  });
  open.push(server);
  return server;
}

type Wire = { socket: Socket; received(): string; closed: Promise<string> };

function dial(server: HttpServer, text = ""): Wire {
  const socket = connect(server.port, "127.0.0.1");
  sockets.push(socket);
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString()));
  socket.on("error", () => undefined);
  if (text !== "") {
    socket.write(text);
  }
  const closed = new Promise<string>((resolve) => {
    socket.once("close", () => {
      resolve(received);
    });
  });
  return { socket, received: () => received, closed };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

function expectError(reply: string, status: number): void {
  expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
  expect(reply).toContain("Content-Type: application/scim+json");
  expect(reply).toContain("Cache-Control: no-store");
  expect(reply).toMatch(new RegExp(`\\r\\n\\r\\n(?:[0-9a-f]+\\r\\n)?\\{"status":"${String(status)}"\\}`));
}

describe("listen", () => {
  it("V62: answers what the HTTP parser refuses in the caller's format", async () => {
    const handler: ListenInput["handler"] = (req, res) => {
      readJson(req, { maxBytes: 100 }).then(
        () => res.end(req.url),
        () => res.destroy(),
      );
    };
    const server = await serve({ handler });
    const broken: [string, number][] = [
      ["nonsense\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", 400],
      ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\n\r\n", 400],
      [`GET /${"x".repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
      [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(17_000)}\r\n\r\n`, 431],
      ["POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n", 417],
      [`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;${"x".repeat(17_000)}\r\n`, 413],
    ];

    for (const [request, status] of broken) {
      expectError(await dial(server, request).closed, status);
    }
    expect(await (await fetch(`${server.url}/after`)).text()).toBe("/after");
  });

  it("has a plain text of its own when the caller gives no format", async () => {
    const server = await listen({ handler: () => undefined, host: "127.0.0.1", port: 0 });
    open.push(server);

    expect(await dial(server, "nonsense\r\n\r\n").closed).toMatch(/text\/plain[\s\S]*\r\n\r\nBad Request\n$/);
  });

  it("V52: closes slow headers and slow bodies with 408", async () => {
    const handler: ListenInput["handler"] = (req, res) => {
      readJson(req, { maxBytes: 100 }).then(
        () => res.end(),
        () => res.destroy(),
      );
    };
    const server = await serve({ handler, timeouts: { headersMs: 40, requestMs: 80 } });

    const slowHeaders = dial(server, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    const slowBody = dial(server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n[1,");

    expectError(await slowHeaders.closed, 408);
    expectError(await slowBody.closed, 408);
  });

  it("closes an idle connection after the keep-alive time", async () => {
    const server = await serve({ timeouts: { keepAliveMs: 30 } });

    expect(await dial(server, get("/once")).closed).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("does not answer a second time when a body goes on too long after its answer", async () => {
    const handler: ListenInput["handler"] = (req, res) => {
      readJson(req, { maxBytes: 10 }).catch(() => {
        res.writeHead(413).end("too long");
      });
    };
    const server = await serve({ handler, timeouts: { headersMs: 40, requestMs: 80 } });

    const reply = await dial(server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n[1,").closed;

    expect(reply.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(reply).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("V15: shows a repeated Authorization header instead of silently taking the first", async () => {
    const server = await serve();

    const wire = dial(
      server,
      "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n",
    );

    expect(await wire.closed).toContain("/ Bearer a, Bearer b");
  });

  it("answers 503 to connections above the limit and serves the others", async () => {
    const server = await serve({ maxConnections: 2 });
    const held = [dial(server, get("/1")), dial(server, get("/2"))];
    await vi.waitFor(() => {
      expect(held.map((wire) => wire.received())).toEqual([
        expect.stringContaining("/1"),
        expect.stringContaining("/2"),
      ]);
    });

    expectError(await dial(server, get("/3")).closed, 503);
    held[0]?.socket.write(get("/again"));
    await vi.waitFor(() => {
      expect(held[0]?.received()).toContain("/again");
    });
    held[1]?.socket.destroy();
    await vi.waitFor(async () => {
      expect((await fetch(`${server.url}/4`, { headers: { connection: "close" } })).status).toBe(200);
    });
  });

  it("on close lets running requests finish, ends idle ones at once and accepts no more", async () => {
    const finish: (() => void)[] = [];
    const handler: ListenInput["handler"] = (req, res) => {
      if (req.url === "/slow") {
        finish.push(() => res.end("done"));
      } else {
        res.end("fast");
      }
    };
    const server = await serve({ handler });
    const untouched = dial(server);
    const idle = dial(server, get("/fast"));
    const busy = dial(server, get("/slow"));
    await vi.waitFor(() => {
      expect([finish.length, idle.received()]).toEqual([1, expect.stringContaining("fast")]);
    });

    const closing = server.close();
    await Promise.all([untouched.closed, idle.closed]);
    await expect(fetch(server.url)).rejects.toThrow();
    expect(busy.received()).toBe("");
    finish[0]?.();
    await closing;

    expect(await busy.closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*done/);
  });

  it("on close cuts requests that do not finish in time", async () => {
    let isReached = false;
    const handler: ListenInput["handler"] = () => {
      isReached = true;
    };
    const server = await serve({ handler, timeouts: { closeMs: 20 } });
    const stuck = dial(server, get("/stuck"));
    await vi.waitFor(() => {
      expect(isReached).toBe(true);
    });

    await server.close();

    expect(await stuck.closed).toBe("");
  });

  it("says in words why it cannot have the address", async () => {
    const server = await serve();

    await expect(serve({ port: server.port })).rejects.toThrow(/is in use: set PORT/);
    await expect(serve({ host: "192.0.2.1" })).rejects.toThrow(/has no address 192\.0\.2\.1: set HOST/);
  });

  it("shows a wildcard host as loopback in its URL", async () => {
    const server = await serve({ host: "0.0.0.0" });

    expect(server.url).toBe(`http://127.0.0.1:${String(server.port)}`);
  });
});
