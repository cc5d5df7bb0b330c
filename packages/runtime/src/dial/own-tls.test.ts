import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Certificate, makeCertificate } from "@muster/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createDialer, type Dialer } from "../dial.ts";
import { listenOnLoopback } from "../fixtures/listen-on-loopback.ts";
import { exchangeError } from "./dial-error.ts";
import { createDialTls, type DialTls, readCertificates } from "./dial-tls.ts";
import { parseEgressAllow } from "./egress-policy.ts";
import type { DialReply } from "./exchange.ts";

setFlagsFromString("--expose-gc");

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const DAY = 86_400_000;
const valid = (hostname: string): Certificate =>
  makeCertificate({ hostname, notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) });
const server = valid("app.example");
const acme = valid("acme.example");
const other = valid("other.example");

/** An app that asks for a client certificate, takes those of `known`, and says whose it was shown. */
async function startApp(known: readonly Certificate[]): Promise<string> {
  const options = {
    ...server,
    requestCert: true,
    rejectUnauthorized: known.length > 0,
    ca: known.map(({ cert }) => cert),
  };
  const app = createServer(options, (request, response) => {
    response.end((request.socket as TLSSocket).getPeerX509Certificate()?.subjectAltName ?? "nobody");
  });
  const { port, close } = await listenOnLoopback(app);
  cleanups.push(close);
  return `https://app.example:${port}/`;
}
function open(): Dialer {
  const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]), { resolve: async () => ["127.0.0.1"] });
  cleanups.push(() => dialer.close());
  return dialer;
}
const get = (dialer: Dialer, url: string, tls?: DialTls): Promise<DialReply> =>
  dialer.request({
    ...{ url, method: "GET", headers: {}, signal: new AbortController().signal, timeoutMs: 5_000 },
    ...(tls === undefined ? {} : { tls }),
  });
const trust = { ca: server.cert };
const shown = (one: Certificate) => ({ ...trust, certificate: one.cert, privateKey: one.key });

describe("H7: a connection's own certificate", () => {
  it("H7: is shown to an app that asks for one; without it, or with a stranger's, nothing gets in", async () => {
    const url = await startApp([acme]);
    const dialer = open();

    expect(await get(dialer, url, createDialTls("c1", shown(acme)))).toMatchObject({
      status: 200,
      body: "DNS:acme.example",
    });
    expect(await get(dialer, url, createDialTls("c2", trust))).toMatchObject({ kind: "failed" });
    expect(await get(dialer, url, createDialTls("c3", shown(other)))).toMatchObject({ kind: "failed" });
  });

  it("H7: is never used for another connection, nor for none, though they speak to the same app", async () => {
    const url = await startApp([]);
    const dialer = open();
    const both = [createDialTls("c1", shown(acme)), createDialTls("c2", shown(other)), createDialTls("c3", trust)];

    const seen: unknown[] = [];
    for (const tls of [...both, ...both]) seen.push(await get(dialer, url, tls));

    const bodies = ["DNS:acme.example", "DNS:other.example", "nobody"];
    expect(seen).toMatchObject([...bodies, ...bodies].map((body) => ({ status: 200, body })));
    expect(dialer.stats().origins).toBe(3);
  });

  it("H7: a new one is used at once, and two owners of the same one share no socket", () => {
    const [one, same, renewed, alike] = [
      createDialTls("c1", shown(acme)),
      createDialTls("c1", shown(acme)),
      createDialTls("c1", shown(other)),
      createDialTls("c2", shown(acme)),
    ];

    expect(one.id).toBe(same.id);
    expect(new Set([one.id, renewed.id, alike.id]).size).toBe(3);
    expect(one.id).not.toContain("PRIVATE");
  });
});

describe("H14: an app in a private network", () => {
  it("H14: is refused unless the operator allows exactly its network, and then works with a client certificate and a CA of its own", async () => {
    const url = await startApp([acme]);
    const under = async (allow: string[], tls?: DialTls): Promise<DialReply> => {
      const dialer = createDialer(parseEgressAllow(allow), { resolve: async () => ["127.0.0.1"] });
      cleanups.push(() => dialer.close());
      return await get(dialer, url, tls);
    };
    const tls = createDialTls("c1", shown(acme));

    for (const allow of [[], ["10.0.0.0/8"], ["127.0.0.2/31"], ["127.0.0.0/32", "::1/128"], ["app.example:443"]])
      expect(await under(allow, tls)).toMatchObject({ kind: "failed", code: "blocked", sent: false });
    expect(await under(["127.0.0.1/32"])).toMatchObject({ kind: "failed", code: "tls" });
    expect(await under(["127.0.0.1/32"], tls)).toMatchObject({ status: 200, body: "DNS:acme.example" });
  });
});

describe("H7: a server that wants another certificate", () => {
  it.each([
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
  ])("H7: says %s after the handshake, and that is no doubt about the request", (code) => {
    expect(exchangeError(Object.assign(new Error("alert"), { code })).code).toBe("tls");
  });
});

describe("V70: a CA of one connection's own", () => {
  it("V70: is trusted for that connection alone, and its name still counts", async () => {
    const url = await startApp([]);
    const dialer = open();

    expect(await get(dialer, url)).toMatchObject({ kind: "failed", code: "tls", sent: false });
    expect(await get(dialer, url, createDialTls("c1", trust))).toMatchObject({ status: 200 });
    expect(await get(dialer, url)).toMatchObject({ kind: "failed", code: "tls", sent: false });
    expect(await get(dialer, url, createDialTls("c2", { ca: acme.cert }))).toMatchObject({
      kind: "failed",
      code: "tls",
    });
    expect(await get(dialer, url.replace("app.", "else."), createDialTls("c1", trust))).toMatchObject({ code: "tls" });
  });

  it("V70: one that cannot be read sends nothing", async () => {
    const url = await startApp([]);
    const broken = createDialTls("c1", { certificate: "no certificate", privateKey: acme.key });

    expect(await get(open(), url, broken)).toMatchObject({ kind: "failed", code: "tls", sent: false });
  });

  it("reads the certificates of a text, or says that it is none", () => {
    expect(readCertificates(acme.cert + other.cert)?.map((one) => one.subjectAltName)).toEqual([
      "DNS:acme.example",
      "DNS:other.example",
    ]);
    expect([readCertificates(""), readCertificates(acme.key), readCertificates(acme.cert.replace(/MI/, "AA"))]).toEqual(
      [null, null, null],
    );
  });
});

describe("V69: handshakes that fail, over and over", () => {
  it("V69: leave neither memory nor sockets behind", async () => {
    const url = await startApp([]);
    const dialer = open();
    const fail = async (times: number) => {
      for (let done = 0; done < times; done += 20)
        await Promise.all(Array.from({ length: 20 }, () => get(dialer, url, createDialTls("c1", { ca: acme.cert }))));
    };
    await fail(200);
    const before = { heap: usedHeap(), handles: process.getActiveResourcesInfo().length };
    await fail(2_000);
    const after = { heap: usedHeap(), handles: process.getActiveResourcesInfo().length };

    expect(dialer.stats()).toEqual({ origins: 1, inFlight: 0 });
    expect(after.handles).toBeLessThanOrEqual(before.handles + 40);
    // Ten thousand would have to stay in a heap of this size too: 8 MB over 2,000 is 4 KB each.
    expect(after.heap - before.heap).toBeLessThan(8 * 1024 * 1024);
  });
});

const collect: unknown = runInNewContext("gc");

function usedHeap(): number {
  if (typeof collect === "function") collect();
  return process.memoryUsage().heapUsed;
}
