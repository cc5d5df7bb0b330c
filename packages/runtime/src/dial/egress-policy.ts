import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { DialError } from "./dial-error.ts";
import { canonicalAddress, isPublicAddress, parseAddress } from "./public-address.ts";

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** What may be reached besides public https on port 443. Set by the deployment only, never by a tenant. */
export type EgressPolicy = {
  readonly networks: readonly Network[];
  /** `host:port`, the host in the spelling of the URL standard (lower case, IPv6 in brackets). */
  readonly hosts: ReadonlySet<string>;
};

/** A checked destination; everything that does not depend on the DNS answer is settled here, once per origin. */
export type Origin = {
  readonly text: string;
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  readonly literal: boolean;
  /** Listed by name and port: its addresses are the deployment's affair. */
  readonly listed: boolean;
  /** Plain http or an odd port: only addresses in the listed networks will do. */
  readonly networksOnly: boolean;
};

/**
 * Reads the entries of MUSTER_EGRESS_ALLOW: a CIDR, a single address, or `host:port`.
 *
 * @throws {Error} naming the first entry that is none of them
 */
export function parseEgressAllow(list: readonly string[]): EgressPolicy {
  const networks: Network[] = [];
  const hosts = new Set<string>();
  for (const entry of list.map((text) => text.trim()).filter((text) => text !== "")) {
    const network = parseNetwork(entry);
    if (network) {
      networks.push(network);
      continue;
    }
    const host = parseHostAndPort(entry);
    if (!host) throw new Error(`MUSTER_EGRESS_ALLOW: "${entry}" is neither a CIDR nor host:port`);
    hosts.add(host);
  }
  return { networks, hosts };
}

/**
 * Checks the part of a URL before its path against the policy.
 *
 * @throws {DialError} `blocked`
 */
export function checkOrigin(policy: EgressPolicy, originText: string): Origin {
  const url = URL.canParse(originText) ? new URL(originText) : null;
  if (!url || url.hostname === "") throw new DialError("not a valid URL", { code: "blocked" });
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new DialError("only https is allowed", { code: "blocked" });
  if (url.username !== "" || url.password !== "") {
    throw new DialError("the URL must not hold a user name or password", { code: "blocked" });
  }
  // The parser reads "\" as "/" and "?" as a query: such an origin would not be the host that a reader sees.
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new DialError("not a valid URL", { code: "blocked" });

  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const literal = isIP(hostname) !== 0;
  const listed = policy.hosts.has(`${url.hostname}:${port}`);
  const networksOnly = !listed && (!secure || port !== 443);
  if (literal && !listed && !isInNetworks(policy, hostname)) {
    throw new DialError("a literal address is not allowed", { code: "blocked" });
  }
  if (networksOnly && policy.networks.length === 0) {
    throw new DialError(secure ? `port ${port} is not allowed` : "plain http is not allowed", { code: "blocked" });
  }
  return { text: url.origin, secure, hostname, port, literal, listed, networksOnly };
}

/**
 * Checks every answer of the resolver: one bad answer refuses them all, because whoever mixes them does so on purpose.
 *
 * @throws {DialError} `blocked`
 */
export function checkAddresses(
  policy: EgressPolicy,
  ownAddresses: ReadonlySet<string>,
  origin: Origin,
  addresses: readonly string[],
): void {
  for (const address of addresses) {
    if (!isAllowed(policy, ownAddresses, origin, address)) {
      throw new DialError(`${origin.hostname} resolves to an address that is not allowed`, { code: "blocked" });
    }
  }
}

function isAllowed(policy: EgressPolicy, own: ReadonlySet<string>, origin: Origin, address: string): boolean {
  const canonical = canonicalAddress(address);
  if (canonical === null) return false;
  if (origin.listed || isInNetworks(policy, address)) return true;
  return !origin.networksOnly && isPublicAddress(address) && !own.has(canonical);
}

function isInNetworks(policy: EgressPolicy, text: string): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  return policy.networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}

function parseNetwork(entry: string): Network | null {
  const family = isIP(entry);
  const text = family === 0 ? entry : `${entry}/${family === 4 ? 32 : 128}`;
  const valid = ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text);
  return valid ? ipaddr.parseCIDR(text) : null;
}

function parseHostAndPort(entry: string): string | null {
  const match = /^([^\s/?#@\\*:]+|\[[^\]]+\]):(\d{1,5})$/.exec(entry);
  if (!match?.[1]) return null;
  const port = Number(match[2]);
  const probe = `http://${match[1]}/`;
  if (port < 1 || port > 65_535 || !URL.canParse(probe)) return null;
  return `${new URL(probe).hostname}:${port}`;
}
