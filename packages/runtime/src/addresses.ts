import ipaddr from "ipaddr.js";
import { parseAddress } from "./dial/public-address.ts";

/** An internet address that was read; IPv4 inside IPv6 counts as IPv4. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** A network as a CIDR names it. */
export type Network = readonly [Address, number];

const MAX_BITS = { ipv4: 32, ipv6: 128 } as const;
/** What one customer of a network provider usually has: rotating inside it makes nobody a stranger (V27). */
const PREFIX_BITS = { ipv4: 24, ipv6: 56 } as const;

/** Reads one address in full form; null for all else: a port, a zone, a list, junk (V26). */
export function readAddress(text: string): Address | null {
  const address = text.includes("%") ? null : parseAddress(text);
  return address === null ? null : unmapped(address);
}

/** Reads a CIDR, or one address as the network that holds only it; null when it is neither. */
export function readNetwork(text: string): Network | null {
  const [host = "", bits, ...more] = text.split("/");
  const written = host.includes("%") ? null : parseAddress(host);
  if (written === null || more.length > 0) return null;
  const most = MAX_BITS[written.kind()];
  const length = bits === undefined ? most : /^(?:0|[1-9][0-9]{0,2})$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(length <= most)) return null;
  const address = unmapped(written);
  if (address.kind() === written.kind()) return [address, length];
  // ::ffff:0:0/96 holds all of IPv4; anything wider holds more than addresses that can come.
  return length >= 96 ? [address, length - 96] : null;
}

/** Whether an address lies in one of these networks. */
export function isWithin(networks: readonly Network[], address: Address): boolean {
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** The network that an address counts as when failures are counted: a /24, or a /56 of IPv6. */
export function addressPrefix(address: Address): string {
  const kind = address.kind();
  const bytes = address.toByteArray();
  return `${kind}:${bytes.slice(0, PREFIX_BITS[kind] / 8).join(".")}`;
}

function unmapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
