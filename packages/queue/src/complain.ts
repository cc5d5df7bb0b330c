import type { Logger } from "@muster/runtime";

export type Complain = (message: string, cause: unknown, count?: number) => void;

/**
 * Makes a function that counts failures and logs each message at most once in `everyMs`, with the number of failures
 * since its last line. Only the error's text is logged: a Redis reply error carries the command, and so a password.
 */
export function createComplain(deps: { logger: Pick<Logger, "warn">; everyMs: number; nowMs(): number }): Complain {
  const last = new Map<string, { atMs: number; count: number }>();

  return (message, cause, count = 1) => {
    const entry = last.get(message) ?? { atMs: Number.NEGATIVE_INFINITY, count: 0 };
    last.set(message, entry);
    entry.count += count;
    if (deps.nowMs() - entry.atMs < deps.everyMs) return;
    deps.logger.warn({ reason: reasonOf(cause), count: entry.count }, message);
    entry.atMs = deps.nowMs();
    entry.count = 0;
  };
}

/** The text of an error, or its code where the text is empty (as in an AggregateError of refused connections). */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.message !== "") return cause.message;
  return "code" in cause ? String(cause.code) : cause.name;
}
