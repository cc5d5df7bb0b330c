/** What a loader saw. */
export type LoadResult = {
  /** Answers by status. */
  statuses: Map<number, number>;
  /** Requests without an answer. */
  unanswered: number;
  /** The first answers that were not 2xx, and the first errors, in words. */
  complaints: string[];
  seconds: number;
  /** One a request, ascending. */
  latenciesMs: Float64Array;
};

/** Answers of a 2xx status. */
export function countSuccesses(result: LoadResult): number {
  return [...result.statuses].reduce((sum, [status, count]) => sum + (isSuccess(status) ? count : 0), 0);
}

/** What went wrong, in words; empty when every request was answered with 2xx. */
export function faultsOf(what: string, result: LoadResult): string[] {
  const all = [...result.statuses.values()].reduce((sum, count) => sum + count, result.unanswered);
  const bad = all - countSuccesses(result);
  return bad === 0 ? [] : [`${what}: ${bad} of ${all} requests failed: ${result.complaints.join("; ")}`];
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;
