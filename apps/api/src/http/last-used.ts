import { type Logger, startLoop } from "@muster/runtime";
import { type Database, touchCredentials } from "@muster/store";
import type { Caller } from "./caller.ts";

/** Remembers which credentials were seen and writes it down now and then. */
export type LastUsed = {
  token(publicId: string, caller: Caller): void;
  key(publicId: string): void;
  close(): Promise<void>;
};

/** "Last used" is kept to the minute: enough to find a forgotten token, cheap enough for every request. */
const EVERY_MS = 60_000;

/** Starts recording the last use of credentials, one statement a minute for all that were seen, and one at the end. */
export function recordLastUsed(deps: { db: Database; logger: Logger }): LastUsed {
  const tokens = new Map<string, string | null>();
  const keys = new Set<string>();

  async function write(): Promise<void> {
    const directoryTokens = [...tokens].map(([publicId, from]) => ({ publicId, from }));
    const apiKeys = [...keys];
    tokens.clear();
    keys.clear();
    if (directoryTokens.length + apiKeys.length > 0) await touchCredentials(deps.db, { directoryTokens, apiKeys });
  }
  const loop = startLoop({ name: "last-used", everyMs: EVERY_MS, logger: deps.logger, run: write });
  return {
    token(publicId, caller) {
      // The address of the minute's first use; reading it for each would be work for nothing.
      if (!tokens.has(publicId)) tokens.set(publicId, caller.address()?.toString() ?? null);
    },
    key: (publicId) => void keys.add(publicId),
    async close() {
      await loop.close();
      await write().catch((error: unknown) =>
        deps.logger.warn({ error }, "the last use of credentials was not recorded"),
      );
    },
  };
}
