import { faultsOf } from "../load/load-result.ts";
import { runPacedLoop } from "../load/paced-loop.ts";
import { type ScimTarget, scimRequest, userBody } from "../load/scim-request.ts";
import { quantile } from "../measure/numbers.ts";
import type { ApiProcess } from "../stage/api-process.ts";
import { type CreateClock, createClock } from "./create-clock.ts";

const LOADER_CONNECTIONS = 64;

export type PacedCreates = { clock: CreateClock; answerP50Ms: number; answerP99Ms: number };

/** Creates people at an even pace, in these directories in turn, and adds what went wrong to `faults`. */
export async function createPaced(
  server: Pick<ApiProcess, "address">,
  input: {
    targets: readonly ScimTarget[];
    perSecond: number;
    requests: number;
    isOver?: () => boolean;
    faults: string[];
  },
): Promise<PacedCreates> {
  const { targets, faults, ...pace } = input;
  const clock = createClock();
  const prefix = crypto.randomUUID().slice(0, 8);
  const result = await runPacedLoop({
    address: server.address,
    connections: LOADER_CONNECTIONS,
    ...pace,
    request(index) {
      const target = targets[index % targets.length];
      if (target === undefined) throw new Error("no directory to create people in");
      return scimRequest(target, "POST", "/Users", userBody(`${prefix}${index}`));
    },
    onReply: clock.note,
  });
  faults.push(...faultsOf("paced POST /Users", result));
  return {
    clock,
    answerP50Ms: quantile(result.latenciesMs, 0.5),
    answerP99Ms: quantile(result.latenciesMs, 0.99),
  };
}
