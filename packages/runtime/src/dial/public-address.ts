import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** The only IPv6 block out of which global unicast addresses are handed out (RFC 4291 section 2.5.4, IANA). */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR("2000::/3");

/** Azure's in-host service endpoint: ordinary unicast on paper, answered by the host machine in fact. */
const HOST_SERVICES_V4: ReadonlySet<string> = new Set(["168.63.129.16"]);

/**
 * Tells whether an address is one that the public internet routes to somebody else: everything special (private, loopback,
 * link-local, shared, documentation, multicast) and everything that wraps an IPv4 address (mapped, NAT64, 6to4, Teredo) is not.
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address?.range() !== "unicast") return false;
  if (address.kind() === "ipv4") return !HOST_SERVICES_V4.has(address.toString());
  return address.match(GLOBAL_UNICAST_V6);
}

/** Spells an address one way, so that two texts of the same address compare equal; null when it is none. */
export function canonicalAddress(text: string): string | null {
  return parseAddress(text)?.toNormalizedString() ?? null;
}

/** Parses an address in its full form only: the library alone would take "1.2.3" for 1.2.0.3. */
export function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isIP(text) !== 0 && ipaddr.isValid(text) ? ipaddr.parse(text) : null;
}
