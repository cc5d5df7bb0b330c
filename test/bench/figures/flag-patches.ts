import { openCreateLimit } from "../limits/create-limit.ts";
import { runClosedLoop } from "../load/closed-loop.ts";
import { countSuccesses, faultsOf } from "../load/load-result.ts";
import { activeBody, scimRequest, userBody } from "../load/scim-request.ts";
import { withCpu } from "../measure/cpu-seconds.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { textOf, toObject } from "../stage/admin-client.ts";
import { onboardTenant, registerApp } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { Measurement, Size } from "./figure.ts";

const CONNECTIONS = 16;
const PEOPLE = 2_000;
const WARM_UP_PATCHES = 1_000;

type PatchRun = { perSecond: number; cpuMs: number | null };
type Round = { patches: PatchRun; limit: number };

/** P5: `PATCH active`, the leaver's request, alternately off and on for each of 2,000 people; the lane is paused. */
export async function measureFlagPatches(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const appId = await registerApp(stage.admin, "Patches");
  const { scim } = await onboardTenant(stage.admin, { name: "Patches", appId, app: stage.app, paused: true });
  const { address } = stage.api;
  const ids: string[] = [];
  const created = await runClosedLoop({
    address,
    connections: CONNECTIONS,
    limit: { requests: PEOPLE },
    request: (index) => scimRequest(scim, "POST", "/Users", userBody(`${Date.now().toString(36)}p${index}`)),
    onReply(reply) {
      if (reply.status === 201) ids.push(textOf(toObject(JSON.parse(reply.body.toString("utf8"))), "id"));
    },
  });
  faults.push(...faultsOf("POST /Users", created));
  let sent = 0;
  const patch = async (limit: { seconds?: number; requests?: number }): Promise<PatchRun> => {
    const { value: result, cpuSeconds } = await withCpu(stage.api.pid, () =>
      runClosedLoop({
        address,
        connections: CONNECTIONS,
        limit,
        request() {
          // Each pass over everybody turns the flag round, so that every patch changes something.
          const index = sent++;
          const active = Math.floor(index / ids.length) % 2 === 1;
          return scimRequest(scim, "PATCH", `/Users/${ids[index % ids.length] ?? ""}`, activeBody(active));
        },
      }),
    );
    faults.push(...faultsOf("PATCH /Users", result));
    const done = countSuccesses(result);
    return { perSecond: done / result.seconds, cpuMs: cpuSeconds === null ? null : (cpuSeconds * 1_000) / done };
  };
  await patch({ requests: WARM_UP_PATCHES });

  const limit = await openCreateLimit(stage);
  const rounds = await interleave<Round>(size.rounds, {
    patches: () => patch({ seconds: size.seconds }),
    limit: () => limit.measure({ clients: CONNECTIONS, seconds: size.seconds }),
  });
  await limit.close();
  const cpu = rounds.flatMap((round) => round.patches.cpuMs ?? []);
  return {
    figures: [
      {
        id: "P5",
        name: `PATCH active, ${CONNECTIONS} connections`,
        ours: `${median(rounds.map((round) => round.patches.perSecond)).toFixed(0)}/s`,
        against: `${limit.name} ${median(rounds.map((round) => round.limit)).toFixed(0)}/s`,
        judged: median(rounds.map((round) => round.patches.perSecond / round.limit)),
        gate: { atLeast: 0.35 },
        goal: { atLeast: 0.6 },
      },
      ...(cpu.length === 0 ? [] : [{ id: "P5", name: "Node CPU per PATCH", ours: `${median(cpu).toFixed(2)} ms` }]),
    ],
    faults,
  };
}
