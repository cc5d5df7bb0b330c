import {
  bearerCredential,
  type Credential,
  type CredentialContext,
  type CredentialOutcome,
  type CredentialSource,
  type NoCredential,
} from "../credential-source.ts";

/** An access token and until when it is used, by the clock that the cache was made with. */
export type UsableToken = { kind: "token"; accessToken: string; usableUntilMs: number };

/** Gets a token from wherever it comes; `refused` is the one that the app would not take any more. */
export type FetchToken = (context: CredentialContext, refused: string | null) => Promise<UsableToken | NoCredential>;

/**
 * The access tokens of a process, one for each key: a key names a connection and the very credential that is kept of it, so that a
 * new credential never goes on with an old token.
 */
export type TokenCache = { source(key: string, fetchToken: FetchToken): CredentialSource };

type Entry = {
  credential: Credential | null;
  usableUntilMs: number;
  /** The token that the app refused last. */
  refused: string | null;
  fetching: Promise<CredentialOutcome> | null;
};

/** More connections than a process works on at a time; a token that is dropped is fetched again. */
const MOST_ENTRIES = 10_000;

/** Makes the cache; of many requests that need a token at once, one asks for it. */
export function createTokenCache(now: () => Date): TokenCache {
  const entries = new Map<string, Entry>();

  function entryOf(key: string): Entry {
    const known = entries.get(key) ?? { credential: null, usableUntilMs: 0, refused: null, fetching: null };
    // In order of last use: the first is the one to forget.
    entries.delete(key);
    entries.set(key, known);
    const [oldest] = entries.keys();
    if (entries.size > MOST_ENTRIES && oldest !== undefined) entries.delete(oldest);
    return known;
  }

  return {
    source(key, fetchToken) {
      async function fetchAnew(entry: Entry, context: CredentialContext): Promise<CredentialOutcome> {
        const found = await fetchToken(context, entry.refused);
        if (found.kind === "failed") return found;
        entry.credential = bearerCredential(found.accessToken);
        entry.usableUntilMs = found.usableUntilMs;
        entry.refused = null;
        return { kind: "ready", credential: entry.credential };
      }
      return {
        async get(context) {
          const entry = entryOf(key);
          if (entry.credential !== null && now().getTime() < entry.usableUntilMs)
            return { kind: "ready", credential: entry.credential };
          entry.fetching ??= fetchAnew(entry, context).finally(() => {
            entry.fetching = null;
          });
          return await entry.fetching;
        },
        refused(credential) {
          const entry = entryOf(key);
          // Another request may have noticed before, and the token after it may be here already.
          if (entry.credential === credential) {
            entry.refused = credential.secrets[0] ?? null;
            entry.credential = null;
          }
          return true;
        },
      };
    },
  };
}

/** What a server that says nothing of it is taken to mean. */
const ASSUMED_SECONDS = 300;
/** So long before its end a token is not used any more: a request takes time, and clocks differ. */
const MARGIN_MS = 60_000;

/** Until when a token is used that was asked for at `askedAtMs`. */
export function usableUntil(askedAtMs: number, expiresInSeconds: number | null): number {
  const lifetimeMs = (expiresInSeconds ?? ASSUMED_SECONDS) * 1000;
  return askedAtMs + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 5);
}
