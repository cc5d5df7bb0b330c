import { isSuccess, type LoadResult } from "./load-result.ts";
import type { HttpReply } from "./read-reply.ts";

export type ResultKeeper = {
  answered(reply: HttpReply, latencyMs: number): void;
  failed(error: unknown): void;
  finish(): LoadResult;
};

const KEPT_COMPLAINTS = 3;
const SHOWN_CHARACTERS = 200;

/** Collects what a loader sees; time runs from here to `finish`. */
export function startResult(): ResultKeeper {
  const startedAtMs = performance.now();
  const statuses = new Map<number, number>();
  const complaints: string[] = [];
  const latenciesMs: number[] = [];
  let unanswered = 0;
  const complain = (text: string): void => {
    if (complaints.length < KEPT_COMPLAINTS) complaints.push(text.slice(0, SHOWN_CHARACTERS));
  };
  return {
    answered(reply, latencyMs) {
      latenciesMs.push(latencyMs);
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
      if (!isSuccess(reply.status)) complain(`${reply.status} ${reply.body.toString("utf8")}`);
    },
    failed(error) {
      unanswered += 1;
      complain(String(error));
    },
    finish: () => ({
      statuses,
      unanswered,
      complaints,
      seconds: (performance.now() - startedAtMs) / 1_000,
      latenciesMs: Float64Array.from(latenciesMs).sort(),
    }),
  };
}
