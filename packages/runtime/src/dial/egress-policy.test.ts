import { describe, expect, it } from "vitest";
import { DialError } from "./dial-error.ts";
import { checkAddresses, checkOrigin, type EgressPolicy, parseEgressAllow } from "./egress-policy.ts";

const nothing = parseEgressAllow([]);
const own = new Set<string>();

function verdict(policy: EgressPolicy, origin: string, addresses: string[] = []): string {
  try {
    checkAddresses(policy, own, checkOrigin(policy, origin), addresses);
    return "allowed";
  } catch (error) {
    if (error instanceof DialError) return error.code;
    throw error;
  }
}

describe("parseEgressAllow", () => {
  it.each([
    "10.0.0.0/8",
    "192.168.1.7",
    "fd00::/8",
    "::1",
    "app.internal:8080",
    "localhost:3000",
    "127.0.0.1:9000",
    "[::1]:9000",
    "APP.Internal:443",
    "",
  ])("takes %j", (entry) => {
    expect(() => parseEgressAllow([entry])).not.toThrow();
  });

  it.each([
    "app.internal",
    "10.0.0.0/33",
    "10.0.0/8",
    "0x7f.0.0.1/8",
    "*.internal:80",
    "user@app.internal:80",
    "app.internal:0",
    "app.internal:65536",
    "app.internal:80:90",
    "https://app.internal:443",
    "a b:80",
    "fd00::/129",
  ])("refuses %j and names it", (entry) => {
    expect(() => parseEgressAllow([entry])).toThrow(entry);
  });
});

describe("an empty policy", () => {
  it.each([
    ["https://app.example", ["93.184.216.34"], "allowed"],
    ["https://app.example:443", ["2606:2800:220:1::1"], "allowed"],
    ["https://app.example:8443", ["93.184.216.34"], "blocked"],
    ["http://app.example", ["93.184.216.34"], "blocked"],
    ["http://app.example:443", ["93.184.216.34"], "blocked"],
    ["https://93.184.216.34", ["93.184.216.34"], "blocked"],
    ["https://user@app.example", ["93.184.216.34"], "blocked"],
    ["https://user:secret@app.example", ["93.184.216.34"], "blocked"],
    ["ftp://app.example", ["93.184.216.34"], "blocked"],
    ["https://app.example?x", ["93.184.216.34"], "blocked"],
    ["https://app.example\\@evil.example", ["93.184.216.34"], "blocked"],
    ["https://", [], "blocked"],
    ["https://app.example", ["93.184.216.34", "10.0.0.1"], "blocked"],
    ["https://app.example", ["not an address"], "blocked"],
  ])("%s at %j is %s", (origin, addresses, expected) => {
    expect(verdict(nothing, origin, addresses)).toBe(expected);
  });
});

describe("a policy with entries", () => {
  const policy = parseEgressAllow(["10.1.0.0/16", "fd12::/32", "Listed.Internal:8080", "127.0.0.1:9000", "[::1]:9000"]);

  it.each([
    ["http://plain.internal:8080", ["10.1.2.3"], "allowed"],
    ["http://10.1.2.3:81", ["10.1.2.3"], "allowed"],
    ["http://[fd12::5]", ["fd12::5"], "allowed"],
    ["https://both.internal", ["10.1.2.3", "93.184.216.34"], "allowed"],
    ["http://both.internal", ["10.1.2.3", "93.184.216.34"], "blocked"],
    ["http://plain.internal", ["10.2.0.1"], "blocked"],
    ["https://app.example:8443", ["93.184.216.34"], "blocked"],
    ["http://listed.internal:8080", ["192.168.0.1"], "allowed"],
    ["http://LISTED.internal:8080", ["192.168.0.1"], "allowed"],
    ["http://listed.internal:8081", ["192.168.0.1"], "blocked"],
    ["http://127.0.0.1:9000", ["127.0.0.1"], "allowed"],
    ["http://127.1:9000", ["127.0.0.1"], "allowed"],
    ["http://127.0.0.1:9001", ["127.0.0.1"], "blocked"],
    ["http://[0:0::1]:9000", ["::1"], "allowed"],
    ["http://plain.internal", ["::ffff:10.1.2.3"], "blocked"],
  ])("%s at %j is %s", (origin, addresses, expected) => {
    expect(verdict(policy, origin, addresses)).toBe(expected);
  });

  it("keeps the machine's own public address out of reach", () => {
    const origin = checkOrigin(nothing, "https://app.example");

    expect(() => checkAddresses(nothing, new Set(["93.184.216.34"]), origin, ["93.184.216.34"])).toThrow(DialError);
  });
});
