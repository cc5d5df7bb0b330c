import { type Logger, startLoop } from "@muster/runtime";
import { type Database, touchCredentials } from "@muster/store";

/** Remembers which credentials were seen and writes it down now and then. */
export type LastUsed = { token(publicId: string): void; key(publicId: string): void; close(): Promise<void> };

/** "Last used" is kept to the minute: enough to find a forgotten token, cheap enough for every request. */
const EVERY_MS = 60_000;

/** Starts recording the last use of credentials, one statement a minute for all that were seen. */
export function recordLastUsed(deps: { db: Database; logger: Logger }): LastUsed {
  const tokens = new Set<string>();
  const keys = new Set<string>();
  const loop = startLoop({
    name: "last-used",
    everyMs: EVERY_MS,
    logger: deps.logger,
    async run() {
      const seen = { directoryTokens: [...tokens], apiKeys: [...keys] };
      tokens.clear();
      keys.clear();
      if (seen.directoryTokens.length + seen.apiKeys.length > 0) await touchCredentials(deps.db, seen);
    },
  });
  return {
    token: (publicId) => void tokens.add(publicId),
    key: (publicId) => void keys.add(publicId),
    close: () => loop.close(),
  };
}
