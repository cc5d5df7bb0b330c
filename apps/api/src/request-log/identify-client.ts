import { clientFacts, type KnownClient, userAgents } from "./client-facts.ts";
import { type ClientSighting, readHints } from "./client-sighting.ts";

/** A client by the name we know it by, or "unknown" with the product that its User-Agent names. */
export type Client = KnownClient | `unknown${string}`;

const MAX_USER_AGENT = 100;
const MAX_QUERY = 500;

/**
 * Says which identity provider a request looks like: by its own word, else by the first fact that fits. Pure; it reads the
 * first parts of what was sent only, so that no request makes it slow.
 */
export function identifyClient(sighting: ClientSighting): Client {
  const userAgent = sighting.userAgent?.slice(0, MAX_USER_AGENT) ?? "";
  const named = userAgents.find(({ begins }) => begins.test(userAgent));
  if (named !== undefined) return named.client;
  const seen = { ...sighting, query: sighting.query?.slice(0, MAX_QUERY) };
  const hints = readHints(sighting.body);
  const fact = clientFacts.find(({ matches }) => matches(seen, hints));
  return fact?.client ?? unknown(userAgent);
}

/** The first product of a User-Agent, which names software and no person (RFC 9110 §10.1.5). */
function unknown(userAgent: string): Client {
  const [product] = /^[A-Za-z][A-Za-z0-9._-]{0,30}(?:\/[0-9][0-9A-Za-z._-]{0,15})?(?=[ ;(]|$)/.exec(userAgent) ?? [];
  return product === undefined ? "unknown" : `unknown (${product})`;
}
