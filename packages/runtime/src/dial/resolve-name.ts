import { lookup, Resolver } from "node:dns/promises";
import { DialError } from "./dial-error.ts";
import type { Origin } from "./egress-policy.ts";

/** Answers all addresses of a name; rejects when there is none. The signal fires when nobody waits any more. */
export type ResolveName = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

/**
 * Asks the DNS servers directly. getaddrinfo would do it in the process's four shared threads and cannot be stopped: a few
 * tenants with slow name servers would hold up everybody else's file and DNS work.
 */
export const resolveByDns: ResolveName = async (hostname, signal) => {
  const resolver = new Resolver({ timeout: 1_000, tries: 3 });
  const stop = () => resolver.cancel();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    const failure = answers.find((answer) => answer.status === "rejected" && !isNoSuchRecord(answer.reason));
    if (addresses.length === 0) throw failureOf(failure ?? answers[0]);
    return addresses;
  } finally {
    signal.removeEventListener("abort", stop);
  }
};

/** Asks the operating system, hosts file included: for names that the deployment itself has listed. */
export const resolveBySystem: ResolveName = async (hostname) =>
  (await lookup(hostname, { all: true, order: "ipv4first" })).map((answer) => answer.address);

/** DNS first; where the deployment allows private networks, names that only the hosts file knows are found too. */
export function defaultResolver(origin: Origin, hasNetworks: boolean): ResolveName {
  if (origin.listed) return resolveBySystem;
  if (!hasNetworks) return resolveByDns;
  return (hostname, signal) => resolveByDns(hostname, signal).catch(() => resolveBySystem(hostname, signal));
}

/**
 * Resolves within `timeoutMs`, IPv4 first because a machine without IPv6 often still gets AAAA answers.
 *
 * @throws {DialError} `dns`
 */
export async function resolveWithin(resolve: ResolveName, hostname: string, timeoutMs: number): Promise<string[]> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DialError(`no answer for ${hostname} within ${timeoutMs} ms`, { code: "dns" }));
      abort.abort();
    }, timeoutMs);
  });
  try {
    const addresses = await Promise.race([resolve(hostname, abort.signal), expired]);
    if (addresses.length === 0) throw new DialError(`${hostname} has no address`, { code: "dns" });
    return addresses.toSorted((a, b) => Number(a.includes(":")) - Number(b.includes(":")));
  } catch (error) {
    if (error instanceof DialError) throw error;
    throw new DialError(`cannot resolve ${hostname}${codeOf(error)}`, { code: "dns", cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function isNoSuchRecord(reason: unknown): boolean {
  const code = codeOf(reason);
  return code === " (ENODATA)" || code === " (ENOTFOUND)";
}

function failureOf(answer: PromiseSettledResult<unknown> | undefined): unknown {
  return answer?.status === "rejected" ? answer.reason : new DialError("no address", { code: "dns" });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
}
