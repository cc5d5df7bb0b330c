import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Certificate, makeCertificate } from "@muster/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createDialer, type Dialer, type DialerOptions } from "../dial.ts";
import { listenOnLoopback } from "../fixtures/listen-on-loopback.ts";
import { parseEgressAllow } from "./egress-policy.ts";
import type { DialReply } from "./exchange.ts";

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function dialer(options: DialerOptions): Dialer {
  const made = createDialer(parseEgressAllow(["127.0.0.0/8"]), options);
  cleanups.push(() => made.close());
  return made;
}

async function listen(server: Server): Promise<number> {
  const { port, close } = await listenOnLoopback(server);
  cleanups.push(close);
  return port;
}

function get(through: Dialer, url: string): Promise<DialReply> {
  const signal = new AbortController().signal;
  return through.request({ url, method: "GET", headers: {}, signal, timeoutMs: 5_000 });
}

const failure = (sent: boolean, code: string) => expect.objectContaining({ kind: "failed", sent, code });

describe("TLS", () => {
  const day = 86_400_000;
  const valid = (hostname: string, fromDays = -1, toDays = 1) =>
    makeCertificate({
      hostname,
      notBefore: new Date(Date.now() + fromDays * day),
      notAfter: new Date(Date.now() + toDays * day),
    });
  const serveTls = async (certificate: Certificate) => {
    const names: unknown[] = [];
    const server = createTlsServer(certificate, (_request, response) =>
      response.setHeader("connection", "close").end("ok"),
    );
    const resumed: boolean[] = [];
    server.on("secureConnection", (socket: TLSSocket & { servername?: unknown }) => {
      names.push(socket.servername);
      resumed.push(socket.isSessionReused());
    });
    const port = await listen(server);
    return { names, resumed, url: `https://app.example:${port}/` };
  };
  const resolve = async () => ["127.0.0.1"];

  it("connects to the checked address under the name of the URL", async () => {
    const certificate = valid("app.example");
    const { names, resumed, url } = await serveTls(certificate);
    const through = dialer({ resolve, ca: certificate.cert });

    expect([await get(through, url), await get(through, url)]).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(names).toEqual(["app.example", "app.example"]);
    expect(resumed).toEqual([false, true]);
  });

  it.each([
    ["expired", valid("app.example", -2, -1), true],
    ["for another host", valid("other.example"), true],
    ["self-signed by a stranger", valid("app.example"), false],
  ])("F50: a certificate that is %s is refused, also the second time", async (_case, certificate, trusted) => {
    const { url } = await serveTls(certificate);
    const through = dialer({ resolve, ...(trusted ? { ca: certificate.cert } : {}) });

    expect([await get(through, url), await get(through, url)]).toEqual([failure(false, "tls"), failure(false, "tls")]);
  });

  it("V70: the environment cannot switch the check off", async () => {
    const { url } = await serveTls(valid("app.example"));
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    cleanups.push(() => vi.unstubAllEnvs());

    expect(await get(dialer({ resolve }), url)).toEqual(failure(false, "tls"));
  });

  it("F50: a server that speaks no TLS, or only an old one, is refused", async () => {
    const plain = await listen(createServer((_request, response) => response.end("ok")));
    const certificate = valid("app.example");
    const old = createTlsServer({
      ...certificate,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    const oldPort = await listen(old);
    const through = dialer({ resolve, ca: certificate.cert });

    for (const port of [plain, oldPort]) {
      expect(await get(through, `https://app.example:${port}/`)).toEqual(failure(false, "tls"));
    }
  });

  it("a handshake that hangs ends with the connect limit, and nothing was sent", async () => {
    const port = await listen(createTcpServer(() => {}));
    const through = dialer({ resolve, connectTimeoutMs: 30 });

    expect(await get(through, `https://app.example:${port}/`)).toEqual(failure(false, "timeout"));
  });

  it("goes on to the next address when the first does not answer", async () => {
    const certificate = valid("app.example");
    const { url } = await serveTls(certificate);
    const through = dialer({ resolve: async () => ["127.0.0.3", "127.0.0.1"], ca: certificate.cert });

    expect(await get(through, url)).toMatchObject({ status: 200 });
  });
});
