import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDialer, type Dialer } from "../dial.ts";
import { parseEgressAllow } from "./egress-policy.ts";
import { isPublicAddress } from "./public-address.ts";
import type { ResolveName } from "./resolve-name.ts";

/** Spellings of hosts that a URL may hold and that must never be reached; many are loopback or metadata in disguise (V65). */
const HOSTS = `
127.0.0.1 127.1 127.0.1 0x7f.1 0x7f.0.0.1 0x7f000001 0X7F000001 2130706433 017700000001 0177.0.0.1 0177.0.0.01 127.0.0.1. 127.1.
127.0.0.0x1 127.000.000.001 0 0.0.0.0 0.0 0x0 00 ①②⑦.⓪.⓪.① ⑯⑨。②⑤④。⑯⑨｡②⑤④ 127。0。0。1 %31%32%37.0.0.1 127%2E0%2E0%2E1
127.255.255.254 10.0.0.1 10.1 0xa.1 012.1 167772161 172.16.0.1 172.31.255.255 0xac.0x10.0.1 192.168.0.1 192.168.1 3232235521 0xc0a80001
169.254.169.254 169.254.43518 0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.170.2 100.64.0.1 100.127.255.254 100.100.100.200
168.63.129.16 0xa83f8110 192.0.0.192 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255 4294967295 8.8.8.8 93.184.216.34
[::1] [::] [0:0:0:0:0:0:0:1] [0000::1] [::0001] [::127.0.0.1] [::7f00:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:7F00:0001]
[0:0:0:0:0:ffff:127.0.0.1] [::ffff:0:127.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:10.0.0.1] [64:ff9b::127.0.0.1]
[64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::7f00:1] [64:ff9b:1:fffe::1] [2002:7f00:1::] [2002:7f00:0001::1] [2002:a9fe:a9fe::]
[2002:a00:1::] [2001::1] [2001:0:7f00:1::] [2001:0:53aa:64c::1] [fe80::1] [febf::1] [fec0::1] [fc00::1] [fd00:ec2::254]
[fd20:ce::254] [fdff::1] [ff02::1] [ff05::2] [100::1] [2001:db8::1] [2001:2::1] [2001:10::1] [2001:20::1] [3fff::1] [5f00::1] [4000::1] [8000::1]
[2001:4860:4860::8888] [2606:4700:4700::1111] [fe80::1%25eth0] [::1%25lo] [::ffff:1.1.1.1]
127.0.0.2 2130706434 0300.0250.0.1 0xc0.0xa8.0.1 1.1.1.1 [::ffff:c0a8:1] [64:ff9b::a00:1] [2002:c0a8:1::] [fd12:3456::1] [fe80::a9fe:a9fe]
`
  .trim()
  .split(/\s+/);

/** What a resolver may answer and must not be connected to (V64). */
const ANSWERS = `
127.0.0.1 127.8.9.10 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.0.1 192.168.0.1 169.254.169.254 169.254.170.2 100.64.0.1
100.100.100.200 168.63.129.16 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.7 224.0.0.1 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::7f00:1 ::a00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::808:808 64:ff9b:1::7f00:1
2002:7f00:1:: 2002:808:808:: 2001::1 2001:0:53aa:64c::1 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd00:ec2::254 fd20:ce::254 ff02::1 100::1
2001:db8::1 2001:2::1 2001:20::1 3fff::1 5f00::1 4000::1 8000::1 2620:4f:8000::1 192.175.48.1 192.31.196.1 192.52.193.1
not-an-address 1.2.3.4.5 1.2.3 app.example
`
  .trim()
  .split(/\s+/);

let listener: Server;
let connections = 0;
let dialer: Dialer;

beforeAll(async () => {
  listener = createServer((_request, response) => response.end("reached")).on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => listener.listen(0, resolve));
  dialer = createDialer(parseEgressAllow([]));
});
afterAll(async () => {
  await dialer.close();
  listener.close();
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function dial(through: Dialer, url: string): Promise<string> {
  const signal = new AbortController().signal;
  const reply = await through.request({ url, method: "GET", headers: {}, signal, timeoutMs: 5_000 });
  return reply.kind === "reply" ? `status ${reply.status}` : `${reply.code}${reply.sent ? ", sent" : ""}`;
}

describe("D07: the address corpus", () => {
  it("holds about 120 spellings of hosts", () => {
    expect(new Set(HOSTS).size).toBeGreaterThanOrEqual(120);
  });

  it.each(HOSTS)("V65: the host %s is refused before anything is sent", async (host) => {
    for (const url of [
      `https://${host}/`,
      `http://${host}:${portOf(listener)}/`,
      `https://${host}:${portOf(listener)}/`,
    ]) {
      expect(await dial(dialer, url)).toBe("blocked");
    }
    expect(connections).toBe(0);
  });

  it.each(ANSWERS)("V64: the DNS answer %s is refused, alone and beside a good one", async (answer) => {
    const good = "93.184.216.34";
    for (const answers of [[answer], [good, answer], [answer, good]]) {
      const through = createDialer(parseEgressAllow([]), { resolve: async () => answers });
      expect(await dial(through, "https://app.example/")).toBe("blocked");
      await through.close();
    }
  });

  it.each([
    "93.184.216.34",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
  ])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe("V66: a DNS answer that changes", () => {
  // 127.0.0.2 plays the allowed address, 127.0.0.1 the inside of the house.
  const policy = parseEgressAllow(["127.0.0.2/32"]);
  let inside = 0;
  let outside = 0;
  let inner: Server;
  let outer: Server;

  beforeAll(async () => {
    outer = createServer((_request, response) => response.setHeader("connection", "close").end("ok")).on(
      "connection",
      () => {
        outside += 1;
      },
    );
    await new Promise<void>((resolve) => outer.listen(0, "127.0.0.2", resolve));
    inner = createServer((_request, response) => response.end("secret")).on("connection", () => {
      inside += 1;
    });
    await new Promise<void>((resolve) => inner.listen(portOf(outer), "127.0.0.1", resolve));
  });
  afterAll(() => {
    inner.close();
    outer.close();
  });

  it("is checked again for each connection, and the inside is never reached", async () => {
    const answers = [
      ["127.0.0.2"],
      ["127.0.0.1"],
      ["127.0.0.2", "127.0.0.1"],
      ["127.0.0.1", "127.0.0.2"],
      ["::ffff:7f00:1"],
      ["127.0.0.2"],
    ];
    let asked = 0;
    const resolve: ResolveName = async () => answers[asked++] ?? [];
    const through = createDialer(policy, { resolve });
    const url = `http://rebind.example:${portOf(outer)}/`;

    const outcomes: string[] = [];
    for (const _ of answers) outcomes.push(await dial(through, url));

    expect(outcomes).toEqual(["status 200", "blocked", "blocked", "blocked", "blocked", "status 200"]);
    expect(asked).toBe(answers.length);
    expect({ inside, outside }).toEqual({ inside: 0, outside: 2 });
    await through.close();
  });

  it("does not matter to a connection that is already open", async () => {
    const keeping = createServer((_request, response) => response.end("ok"));
    await new Promise<void>((resolve) => keeping.listen(0, "127.0.0.2", resolve));
    let asked = 0;
    const resolve: ResolveName = async () => [asked++ === 0 ? "127.0.0.2" : "127.0.0.1"];
    const through = createDialer(policy, { resolve, maxConnectionsPerOrigin: 1 });
    const url = `http://rebind.example:${portOf(keeping)}/`;

    expect([await dial(through, url), await dial(through, url), asked]).toEqual(["status 200", "status 200", 1]);
    await through.close();
    keeping.close();
  });
});
