import type { AccountResult, LaneEffect } from "./account-result.ts";
import type { Lane } from "./lane.ts";
import { countTries, failingShare } from "./lane-health.ts";

export type TriesWatch = {
  /** Counts a result; true when so many tries have failed that the app must be left in peace. */
  isFailing(result: AccountResult): boolean;
  /** The quarantine that the counts call for, if they do. */
  verdict(): LaneEffect | null;
};

/** Counts a lane's tries and failures while a batch is sent: an app that begins to fail is not sent the rest of a long batch. */
export function watchTries(lane: Pick<Lane, "recent" | "nowMs">): TriesWatch {
  let last = "";
  const share = () => failingShare(lane.recent, lane.nowMs());
  return {
    isFailing({ effect, attempts }) {
      // Nothing was asked of the app, or it asked for a pause: neither good nor bad.
      if (attempts.length === 0 || effect?.kind === "throttled") return false;
      const failed = effect?.kind === "unreachable";
      if (failed) last = effect.reason;
      lane.recent = countTries(lane.recent, lane.nowMs(), { tried: 1, failed: failed ? 1 : 0 });
      return failed && share() !== null;
    },
    verdict() {
      const tries = share();
      if (tries === null || last === "") return null;
      const reason = `${tries.failed} of ${tries.tried} tries within 5 minutes failed, the last one so: ${last}`;
      return { kind: "quarantine", reason, outage: true };
    },
  };
}
