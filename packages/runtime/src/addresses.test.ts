import { describe, expect, it } from "vitest";
import { addressPrefix, isWithin, type Network, readAddress, readNetwork } from "./addresses.ts";

describe("readAddress", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::ffff:c000:207", "192.0.2.7"],
    ["2001:DB8::1", "2001:db8::1"],
  ])("V26: %s is %s", (text, same) => {
    expect(readAddress(text)?.toString()).toBe(same);
  });

  it.each([
    "",
    " ",
    "unknown",
    "192.0.2.7:443",
    "[2001:db8::1]",
    "[2001:db8::1]:443",
    "fe80::1%eth0",
    "fe80::1%25eth0",
    "192.0.2.7, 198.51.100.1",
    "192.0.2",
    "0300.0.2.7",
    "192.0.2.07",
    "3221225991",
    "0xc0.0.2.7",
    "192.0.2.7 ",
    "192.0.2.7/32",
    "::ffff:192.0.2.7%1",
    '"192.0.2.7"',
    "192.0.2.7\u0000",
  ])("V26: %j is no address", (text) => {
    expect(readAddress(text)).toBeNull();
  });
});

const within = (network: string, address: string): boolean => {
  const [read, parsed] = [readNetwork(network), readAddress(address)];
  if (read === null || parsed === null) throw new Error("the test's own addresses must be ones");
  return isWithin([read], parsed);
};

describe("readNetwork", () => {
  it.each([
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "::ffff:192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["::ffff:192.0.2.0/120", "192.0.2.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "192.0.2.7", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
  ])("V26: %s holds %s: %s", (network, address, holds) => {
    expect(within(network, address)).toBe(holds);
  });

  it.each([
    "",
    "x",
    "192.0.2.0/33",
    "192.0.2.0/-1",
    "192.0.2.0/024",
    "192.0.2.0/",
    "192.0.2/24",
    "2001:db8::/129",
    "::ffff:0.0.0.0/90",
    "fe80::%1/64",
    "192.0.2.0/24/24",
  ])("V26: %j is no network", (text) => {
    expect(readNetwork(text)).toBeNull();
  });
});

it("V27: the low 64 bits, and more, do not make another prefix", () => {
  const prefixes = (texts: readonly string[]) =>
    new Set(texts.map((text) => addressPrefix(readAddress(text) ?? fail())));
  const fail = (): never => {
    throw new Error("the test's own addresses must be ones");
  };

  expect(prefixes(["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:ff::3"]).size).toBe(1);
  expect(prefixes(["192.0.2.1", "192.0.2.254", "::ffff:192.0.2.9"]).size).toBe(1);
  expect(prefixes(["192.0.2.1", "192.0.3.1", "2001:db8::1", "2001:db8:0:100::1"]).size).toBe(4);
  const none: readonly Network[] = [];
  expect(isWithin(none, readAddress("192.0.2.1") ?? fail())).toBe(false);
});
