import { runClosedLoop } from "../load/closed-loop.ts";
import { countSuccesses, faultsOf } from "../load/load-result.ts";
import { type ScimTarget, scimRequest, userBody } from "../load/scim-request.ts";
import { withCpu } from "../measure/cpu-seconds.ts";
import { quantile } from "../measure/numbers.ts";
import { countPeople } from "../stage/count-people.ts";
import type { Stage } from "../stage/open-stage.ts";

export type CreateRun = {
  created: number;
  perSecond: number;
  cpuMsPerCreate: number | null;
  p50Ms: number;
  p99Ms: number;
};

export type CreateLoad = {
  /** Creates people in these directories, each connection in one of them. */
  run(
    targets: readonly ScimTarget[],
    input: { connections: number; limit: { seconds?: number; requests?: number } },
  ): Promise<CreateRun>;
  /** What went wrong so far: answers other than 2xx, and directories with more or fewer people than were confirmed. */
  faults(): Promise<string[]>;
};

/** Makes a loader of `POST /Users` that remembers what was confirmed, to compare it with what is there. */
export function createLoad(stage: Pick<Stage, "api">): CreateLoad {
  const confirmed = new Map<ScimTarget, number>();
  const faults: string[] = [];
  let runs = 0;
  return {
    async run(targets, { connections, limit }) {
      runs += 1;
      const prefix = `${Date.now().toString(36)}r${runs}n`;
      const targetOf = (index: number): ScimTarget => {
        const target = targets[index % targets.length];
        if (target === undefined) throw new Error("no directory to create people in");
        return target;
      };
      const { value: result, cpuSeconds } = await withCpu(stage.api.pid, () =>
        runClosedLoop({
          address: stage.api.address,
          connections,
          limit,
          request: (index, connection) => scimRequest(targetOf(connection), "POST", "/Users", userBody(prefix + index)),
          onReply(reply, connection) {
            const target = targetOf(connection);
            if (reply.status === 201) confirmed.set(target, (confirmed.get(target) ?? 0) + 1);
          },
        }),
      );
      faults.push(...faultsOf("POST /Users", result));
      const created = countSuccesses(result);
      return {
        created,
        perSecond: created / result.seconds,
        cpuMsPerCreate: cpuSeconds === null ? null : (cpuSeconds * 1_000) / created,
        p50Ms: quantile(result.latenciesMs, 0.5),
        p99Ms: quantile(result.latenciesMs, 0.99),
      };
    },
    async faults() {
      const found = [...faults];
      for (const [target, count] of confirmed) {
        const there = await countPeople(stage, target);
        if (there !== count)
          found.push(`${target.path}: ${count} creates were confirmed and ${there} people are there`);
      }
      return found;
    },
  };
}
