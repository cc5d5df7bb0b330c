import { openCreateLimit } from "../limits/create-limit.ts";
import type { ScimTarget } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { onboardTenant, registerApp } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { type CreateLoad, type CreateRun, createLoad } from "./create-load.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const CONNECTIONS = 64;
const TENANTS = 64;
/** A server compiles its hot paths and fills its caches first. */
const WARM_UP_CREATES = 2_500;

type Round = { oneTenant: CreateRun; manyTenants: CreateRun; limit: number };

/**
 * P1, P15 and the creates of P16: durable `POST /Users` with everything on, accounts marked and audited in the same
 * transaction. Lanes are paused and no worker runs, so that the api is measured and not the two together.
 */
export async function measureDurableCreates(stage: Stage, size: Size): Promise<Measurement> {
  const [first, ...others] = await openTenants(stage);
  if (first === undefined) throw new Error("no tenant was made");
  const load = createLoad(stage);
  const limit = await openCreateLimit(stage);
  const timed = { seconds: size.seconds };
  await load.run([first], { connections: CONNECTIONS, limit: { requests: WARM_UP_CREATES } });
  await load.run([first, ...others], { connections: CONNECTIONS, limit: { requests: WARM_UP_CREATES } });

  const rounds = await interleave<Round>(size.rounds, {
    oneTenant: () => load.run([first], { connections: CONNECTIONS, limit: timed }),
    manyTenants: () => load.run([first, ...others], { connections: CONNECTIONS, limit: timed }),
    limit: () => limit.measure({ clients: CONNECTIONS, seconds: size.seconds }),
  });
  const statements = [
    await countStatements(stage, load, first, { connections: 1, seconds: size.seconds }),
    await countStatements(stage, load, first, { connections: CONNECTIONS, seconds: size.seconds }),
  ];
  await limit.close();
  const figures = [...rateFigures(rounds, limit.name), ...cpuFigures(rounds), ...statements.flat()];
  return { figures, faults: await load.faults() };
}

async function openTenants(stage: Stage): Promise<ScimTarget[]> {
  const appId = await registerApp(stage.admin, "Creates");
  const targets: ScimTarget[] = [];
  for (let index = 0; index < TENANTS; index += 1) {
    const name = `Creates ${index}`;
    targets.push((await onboardTenant(stage.admin, { name, appId, app: stage.app, paused: true })).scim);
  }
  return targets;
}

function rateFigures(rounds: readonly Round[], limitName: string): Figure[] {
  const against = `${limitName} ${median(rounds.map((round) => round.limit)).toFixed(0)}/s`;
  const show = (cell: "oneTenant" | "manyTenants"): Pick<Figure, "ours" | "against" | "judged"> => {
    const middle = (value: (run: CreateRun) => number): number => median(rounds.map((round) => value(round[cell])));
    const latency = `p50 ${middle((run) => run.p50Ms).toFixed(1)} ms, p99 ${middle((run) => run.p99Ms).toFixed(1)} ms`;
    return {
      ours: `${middle((run) => run.perSecond).toFixed(0)}/s, ${latency}`,
      against,
      judged: median(rounds.map((round) => round[cell].perSecond / round.limit)),
    };
  };
  return [
    {
      id: "P1",
      name: "durable creates, one tenant",
      ...show("oneTenant"),
      gate: { atLeast: 0.5 },
      goal: { atLeast: 0.75 },
    },
    {
      id: "P1",
      name: "durable creates, 64 tenants",
      ...show("manyTenants"),
      gate: { atLeast: 0.35 },
      goal: { atLeast: 0.5 },
    },
  ];
}

function cpuFigures(rounds: readonly Round[]): Figure[] {
  const oneTenant = medianOfKnown(rounds.map((round) => round.oneTenant.cpuMsPerCreate));
  const manyTenants = medianOfKnown(rounds.map((round) => round.manyTenants.cpuMsPerCreate));
  const gates = { gate: { atMost: 1 }, goal: { atMost: 0.5 } };
  return [
    { id: "P15", name: "Node CPU per create, one tenant", ...showCpu(oneTenant), ...gates },
    { id: "P15", name: "Node CPU per create, 64 tenants", ...showCpu(manyTenants) },
  ];
}

function showCpu(cpuMs: number | null): Pick<Figure, "ours" | "judged"> {
  return cpuMs === null ? { ours: "not readable here" } : { ours: `${cpuMs.toFixed(2)} ms`, judged: cpuMs };
}

function medianOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

async function countStatements(
  stage: Stage,
  load: CreateLoad,
  target: ScimTarget,
  input: { connections: number; seconds: number },
): Promise<Figure[]> {
  const { statements } = stage;
  if (statements === null) return [];
  await statements.reset();
  const { created } = await load.run([target], { connections: input.connections, limit: { seconds: input.seconds } });
  const each = (await statements.count()) / created;
  const alone = input.connections === 1;
  return [
    {
      id: "P16",
      name: `SQL statements per create, ${alone ? "one at a time" : `${input.connections} connections`}`,
      ours: each.toFixed(2),
      judged: each,
      gate: { atMost: 3 },
      // One statement a batch, and alone every create is one; the polls of the process come on top.
      ...(alone && { goal: { atMost: 1.1 } }),
    },
  ];
}
