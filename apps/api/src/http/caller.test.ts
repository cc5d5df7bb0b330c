import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { type Network, readNetwork } from "@muster/runtime";
import { describe, expect, it } from "vitest";
import { type Caller, createCallerReader } from "./caller.ts";

const networks = (...texts: string[]): Network[] =>
  texts.flatMap((text) => {
    const network = readNetwork(text);
    return network === null ? [] : [network];
  });

function callerOf(peer: string, forwarded: string | undefined, trusted: Network[] = networks("10.0.0.0/8")): Caller {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: peer });
  const req = new IncomingMessage(socket);
  if (forwarded !== undefined) req.headers["x-forwarded-for"] = forwarded;
  return createCallerReader(trusted)(req);
}
const seen = (...input: Parameters<typeof callerOf>): string | null =>
  callerOf(...input)
    .address()
    ?.toString() ?? null;

describe("V26, V27: where a request comes from", () => {
  it.each([
    ["the socket says", "192.0.2.7", undefined, "192.0.2.7"],
    ["mapped addresses are IPv4", "::ffff:192.0.2.7", undefined, "192.0.2.7"],
    ["a header from anybody is not read", "192.0.2.7", "203.0.113.9", "192.0.2.7"],
    ["a proxy's header is", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["a mapped proxy's too", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["from the right", "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["over further proxies", "10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
    ["junk further left changes nothing", "10.0.0.1", "<junk>,, 203.0.113.9", "203.0.113.9"],
    ["blanks do not count", "10.0.0.1", "  203.0.113.9\t", "203.0.113.9"],
  ])("%s", (_name, peer, forwarded, address) => {
    expect(seen(peer, forwarded)).toBe(address);
  });

  it.each([
    undefined,
    "",
    ",",
    "junk",
    "unknown",
    "_hidden",
    "203.0.113.9,",
    "203.0.113.9, junk",
    "203.0.113.9:443",
    "[2001:db8::1]",
    "[2001:db8::1]:443",
    "fe80::1%eth0",
    "10.0.0.2",
    "10.0.0.2, 10.0.0.3",
    "for=203.0.113.9",
    '"203.0.113.9"',
    "203.0.113",
    "203.0.113.9\u00a0x",
    "junk, 10.0.0.2",
  ])("a proxy that says %j leaves it unknown", (forwarded) => {
    expect(seen("10.0.0.1", forwarded)).toBeNull();
    // Failures are still counted somewhere: at the proxy.
    expect(callerOf("10.0.0.1", forwarded).prefix()).toBe("ipv4:10.0.0");
  });

  it("no proxy is trusted unless it is listed, and the loopback is none", () => {
    expect(seen("127.0.0.1", "203.0.113.9", [])).toBe("127.0.0.1");
  });

  it("rotating the header or the low 64 bits stays in one bucket", () => {
    const rotated = Array.from({ length: 20 }, (_, n) => callerOf("192.0.2.7", `203.0.${n}.9`).prefix());
    const low = Array.from({ length: 20 }, (_, n) => callerOf("10.0.0.1", `2001:db8:0:${n}:${n}::${n}`).prefix());

    expect(new Set(rotated).size).toBe(1);
    expect(new Set(low).size).toBe(1);
  });
});
