import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@muster/testkit";
import { readProcess } from "../measure/cpu-seconds.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { registerApp, setPaused } from "../stage/onboard.ts";
import type { Stage, WorkerProcess } from "../stage/open-stage.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";
import type { SeededBacklog } from "../stage/seeded-directory.ts";
import { countPending, faultsOfDelivery, waitUntilIdle } from "./delivery.ts";
import type { Bound, Figure, Measurement, Size } from "./figure.ts";

const LANES = 16;
const LATENCY_MS = 20;
/**
 * Small on purpose: two slots for the doorbell and two for the sweep, so that a worker holds a quarter of the lanes and four
 * hold them all; and so few calls in flight that four workers wait for the app and not for the two cores that they share with it.
 */
const WORKER_SLOTS = "3";
const LANES_A_WORKER = 4;
const IN_FLIGHT_A_LANE = 2;
const MOST_A_WORKER = (LANES_A_WORKER * IN_FLIGHT_A_LANE * 1_000) / LATENCY_MS;
/** Pushes of each worker before the timing starts. */
const WARM_UP = 200;
/** What a cell pushes before and after the time that counts. */
const AROUND_S = 3;
const BEGUN_WITHIN_MS = 60_000;

type Cell = { perSecond: number; cores: number | null };
type Round = { one: Cell; two: Cell; four: Cell };

/** P19: pushes a second of one, two and four workers that share sixteen lanes to an app that takes 20 ms to answer. */
export async function measureScaleOut(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const app = await stage.startApp("counts");
  const lanes = await openLanes(stage, app, size);
  await app.setFaults([{ kind: "latency", latencyMs: LATENCY_MS }]);
  const cell = (workers: number) => async (): Promise<Cell> => {
    const measured = await pushWith({ stage, app, lanes }, workers, size.seconds);
    stage.note(`scale-out: ${workers} of 4 workers, ${measured.perSecond.toFixed(0)} pushes/s`);
    return measured;
  };
  const rounds = await interleave<Round>(size.rounds, { one: cell(1), two: cell(2), four: cell(4) });
  for (const lane of lanes)
    if ((await countPending(stage, lane)) === 0) faults.push("a lane ran dry, and its workers had nothing to do");
  const counts = await app.counts();
  faults.push(...faultsOfDelivery(counts, counts.users));
  await app.stop();
  return { figures: toFigures(rounds), faults };
}

type Lanes = { stage: Stage; app: SampleAppProcess; lanes: readonly SeededBacklog[] };

/** Enough in every lane that none runs dry while somebody is timed. */
async function openLanes(stage: Stage, app: SampleAppProcess, size: Size): Promise<SeededBacklog[]> {
  const appId = await registerApp(stage.admin, "Scale out");
  const pushesARound = (1 + 2 + 4) * (MOST_A_WORKER * (size.seconds + AROUND_S) + WARM_UP);
  const people = Math.ceil((size.rounds * pushesARound) / LANES);
  const input = { name: "Scale out", lanes: LANES, appId, app, people, maxInFlight: IN_FLIGHT_A_LANE };
  const lanes = await stage.seeder.backlogs(input);
  stage.note(`scale-out: ${LANES} lanes with ${people} accounts each are ready`);
  return lanes;
}

async function pushWith({ stage, app, lanes }: Lanes, workers: number, seconds: number): Promise<Cell> {
  const start = (): Promise<WorkerProcess> => stage.startWorker({ MUSTER_WORKER_SLOTS: WORKER_SLOTS });
  const running = await Promise.all(Array.from({ length: workers }, start));
  const total = async (): Promise<number> => (await app.counts()).total;
  const before = await total();
  await pauseAll(stage, lanes, false);
  await waitFor(async () => (await total()) - before >= WARM_UP * workers, {
    timeoutMs: BEGUN_WITHIN_MS,
    what: `${workers} workers to be at work`,
  });
  const startedAtMs = performance.now();
  const pushedBefore = await total();
  const cpuBefore = await cpuOf(running);
  await sleep(seconds * 1_000);
  const pushed = (await total()) - pushedBefore;
  const elapsedS = (performance.now() - startedAtMs) / 1_000;
  const cpuAfter = await cpuOf(running);
  await pauseAll(stage, lanes, true);
  await Promise.all(running.map((worker) => worker.stop()));
  await waitUntilIdle(app);
  return {
    perSecond: pushed / elapsedS,
    cores: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / elapsedS,
  };
}

/** CPU seconds so far of all these processes; null where there is no /proc. */
async function cpuOf(workers: readonly WorkerProcess[]): Promise<number | null> {
  const times = await Promise.all(workers.map(({ pid }) => readProcess(pid)));
  return times.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one.ownSeconds), 0);
}

async function pauseAll(stage: Stage, lanes: readonly SeededBacklog[], paused: boolean): Promise<void> {
  await Promise.all(lanes.map(({ connectionId }) => setPaused(stage.admin, connectionId, paused)));
}

function toFigures(rounds: readonly Round[]): Figure[] {
  const rate = (cell: keyof Round): number => median(rounds.map((round) => round[cell].perSecond));
  const cores = (cell: keyof Round): string => {
    const known = rounds.flatMap((round) => round[cell].cores ?? []);
    return known.length === 0 ? "" : `, ${median(known).toFixed(1)} cores`;
  };
  const show = (cell: keyof Round): string => `${rate(cell).toFixed(0)}/s${cores(cell)}`;
  const figure = (name: string, cell: "two" | "four", gate: Bound, goal: Bound): Figure => ({
    id: "P19",
    name: `${name} workers, ${LANES} lanes, an app of ${LATENCY_MS} ms`,
    ours: show(cell),
    against: `one worker ${show("one")}`,
    judged: median(rounds.map((round) => round[cell].perSecond / round.one.perSecond)),
    gate,
    goal,
  });
  return [
    figure("two", "two", { atLeast: 1.7 }, { atLeast: 1.9 }),
    figure("four", "four", { atLeast: 3 }, { atLeast: 3.6 }),
  ];
}
