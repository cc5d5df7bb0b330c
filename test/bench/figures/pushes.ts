import { pushAlone, sentBody } from "../limits/push-limit.ts";
import { withCpu } from "../measure/cpu-seconds.ts";
import { median } from "../measure/numbers.ts";
import { IN_FLIGHT, type OnboardedTenant, onboardTenant, registerApp } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { createLoad } from "./create-load.ts";
import { faultsOfDelivery, rateOf, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const LOADER_CONNECTIONS = 64;

type Round = { perSecond: number; limit: number; cpuMs: number | null; statements: number | null; requests: number };

/**
 * P9 and the pushes of P16: accounts that wait in a paused lane, pushed once it is resumed, from the first request at the
 * app to the last; against undici alone with the same bodies, to the same app, with as many in flight.
 */
export async function measurePushes(stage: Stage, size: Size): Promise<Measurement> {
  const worker = await stage.ensureWorker();
  const appId = await registerApp(stage.admin, "Pushes");
  const load = createLoad(stage);
  const faults: string[] = [];
  const rounds: Round[] = [];
  // The first round warms the worker and is not counted.
  for (let round = 0; round <= size.rounds; round += 1) {
    const tenant = await onboardTenant(stage.admin, { name: `Pushes ${round}`, appId, app: stage.app, paused: false });
    // Its assignment is expanded before anybody is there, so that what waits later is accounts and nothing else.
    await waitUntilSettled(stage, tenant, 0);
    await stage.admin.patch(`/connections/${tenant.connectionId}`, { paused: true });
    await load.run([tenant.scim], { connections: LOADER_CONNECTIONS, limit: { requests: size.users } });
    await stage.app.reset();
    await stage.statements?.reset();
    const { cpuSeconds } = await withCpu(worker.pid, () => drain(stage, tenant, size.users));
    const statements = (await stage.statements?.count()) ?? null;
    const counts = await stage.app.counts();
    faults.push(...faultsOfDelivery(counts, size.users));
    const limit = await measureLimit(stage);
    if (round === 0) continue;
    rounds.push({
      perSecond: rateOf(counts),
      limit,
      cpuMs: cpuSeconds === null ? null : (cpuSeconds * 1_000) / size.users,
      statements: statements === null ? null : statements / size.users,
      requests: counts.total / size.users,
    });
  }
  return { figures: toFigures(rounds), faults: [...faults, ...(await load.faults())] };
}

/** Resumes the lane and waits until the gateway says that all is done. */
async function drain(stage: Stage, tenant: OnboardedTenant, users: number): Promise<void> {
  await stage.admin.patch(`/connections/${tenant.connectionId}`, { paused: false });
  await waitUntilSettled(stage, tenant, users);
}

/** The same accounts once more, without a gateway. */
async function measureLimit(stage: Stage): Promise<number> {
  const bodies = (await stage.app.users()).map(sentBody);
  await stage.app.reset();
  await pushAlone(stage.app, bodies);
  return rateOf(await stage.app.counts());
}

function toFigures(rounds: readonly Round[]): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const figures: Figure[] = [
    {
      id: "P9",
      name: `pushes, ${IN_FLIGHT} in flight`,
      ours: `${middle((round) => round.perSecond).toFixed(0)}/s`,
      against: `undici alone ${middle((round) => round.limit).toFixed(0)}/s`,
      judged: middle((round) => round.perSecond / round.limit),
      gate: { atLeast: 0.35 },
      goal: { atLeast: 0.5 },
    },
    { id: "P9", name: "requests at the app per push", ours: middle((round) => round.requests).toFixed(2) },
  ];
  const cpu = rounds.flatMap((round) => round.cpuMs ?? []);
  if (cpu.length > 0) figures.push({ id: "P9", name: "worker CPU per push", ours: `${median(cpu).toFixed(2)} ms` });
  const statements = rounds.flatMap((round) => round.statements ?? []);
  if (statements.length > 0)
    figures.push({
      id: "P16",
      name: "SQL statements per push, backlog",
      ours: median(statements).toFixed(3),
      judged: median(statements),
      gate: { atMost: 1 },
    });
  return figures;
}
