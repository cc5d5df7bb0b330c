import { openCreateLimit } from "../limits/create-limit.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { onboardTenant, registerApp } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { type CreateRun, createLoad } from "./create-load.ts";
import type { Measurement, Size } from "./figure.ts";

const WARM_UP_CREATES = 500;

type Round = { alone: CreateRun; limit: number };

/** P2: durable `POST /Users` one at a time, as most identity providers send them: what counts is how long each takes. */
export async function measureLoneCreates(stage: Stage, size: Size): Promise<Measurement> {
  const appId = await registerApp(stage.admin, "Lone creates");
  const { scim } = await onboardTenant(stage.admin, { name: "Lone creates", appId, app: stage.app, paused: true });
  const load = createLoad(stage);
  const limit = await openCreateLimit(stage);
  await load.run([scim], { connections: 1, limit: { requests: WARM_UP_CREATES } });
  const rounds = await interleave<Round>(size.rounds, {
    alone: () => load.run([scim], { connections: 1, limit: { seconds: size.seconds } }),
    limit: () => limit.measure({ clients: 1, seconds: size.seconds }),
  });
  await limit.close();
  const middle = (value: (run: CreateRun) => number): number => median(rounds.map((round) => value(round.alone)));
  const p99Ms = middle((run) => run.p99Ms);
  return {
    figures: [
      {
        id: "P2",
        name: "durable creates, 1 connection",
        ours: `${middle((run) => run.perSecond).toFixed(0)}/s, p50 ${middle((run) => run.p50Ms).toFixed(1)} ms`,
        against: `${limit.name} ${median(rounds.map((round) => round.limit)).toFixed(0)}/s`,
        judged: median(rounds.map((round) => round.alone.perSecond / round.limit)),
      },
      { id: "P2", name: "the same, p99", ours: `${p99Ms.toFixed(1)} ms`, judged: p99Ms, goal: { atMost: 15 } },
    ],
    faults: await load.faults(),
  };
}
