import { interleave } from "../measure/interleave.ts";
import { median, quantile } from "../measure/numbers.ts";
import type { JsonObject } from "../stage/admin-client.ts";
import { registerApp, setPaused } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";
import type { SeededBacklog } from "../stage/seeded-directory.ts";
import { faultsOfDelivery, rateOf, waitUntilBegun, waitUntilIdle, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";
import { createPaced } from "./paced-creates.ts";

/** Whose pushes are timed, each a tenant of its own. */
const GOOD_LANES = 4;
/** As many of the troubled app's customers as have more lanes together than a worker has slots. */
const BAD_LANES = 16;
const CREATES_PER_SECOND = 100;
const SLOW: JsonObject = { kind: "latency", latencyMs: 2_000 };
const REFUSING: JsonObject = { kind: "status", status: 429, retryAfter: "1" };
/** What a lane with `IN_FLIGHT` calls of 2 s gets rid of in a second. */
const SLOW_PUSHES_PER_SECOND = 16;
/** What a cell takes at most, beside what is timed. */
const AROUND_S = 20;

type Cell = { perSecond: number; p50Ms: number; p99Ms: number };
type Round = { quiet: Cell; oneSlow: Cell; allSlow: Cell; allRefused: Cell };
type Bad = { lanes: readonly SeededBacklog[]; fault: JsonObject };

/**
 * P14: what the customers of one app notice of another app that takes 2 s for every answer, or answers everything with 429:
 * pushes a second of their backlogs, and the time from a person's creation to the request. One customer of the bad app, and
 * more of them than a worker has slots.
 */
export async function measureNeighbours(stage: Stage, size: Size): Promise<Measurement> {
  await stage.ensureWorker();
  const faults: string[] = [];
  const appId = await registerApp(stage.admin, "Neighbours");
  const badApp = await stage.startApp("counts");
  const bad = await openBadLanes(stage, { app: badApp, appId, size });
  let cells = 0;
  const cell = (name: string, besides: Bad | null) => async (): Promise<Cell> => {
    cells += 1;
    const measured = await measureGood(stage, { appId, badApp, besides, size, faults, number: cells });
    stage.note(`neighbours: ${name}: ${show(measured)}`);
    return measured;
  };
  const [first] = bad;
  if (first === undefined) throw new Error("no lane was made");
  // The first cell warms the worker.
  await cell("warm-up", null)();
  const rounds = await interleave<Round>(size.rounds, {
    quiet: cell("all is well", null),
    oneSlow: cell("one lane slow", { lanes: [first], fault: SLOW }),
    allSlow: cell(`${BAD_LANES} lanes slow`, { lanes: bad, fault: SLOW }),
    allRefused: cell(`${BAD_LANES} lanes refused`, { lanes: bad, fault: REFUSING }),
  });
  await badApp.stop();
  return { figures: toFigures(rounds), faults };
}

async function openBadLanes(
  stage: Stage,
  { app, appId, size }: { app: SampleAppProcess; appId: string; size: Size },
): Promise<SeededBacklog[]> {
  const people = 2 * size.rounds * SLOW_PUSHES_PER_SECOND * (size.seconds + AROUND_S);
  return await stage.seeder.backlogs({ name: "Bad neighbour", lanes: BAD_LANES, appId, app, people });
}

type GoodInput = {
  appId: string;
  badApp: SampleAppProcess;
  besides: Bad | null;
  size: Size;
  faults: string[];
  number: number;
};

async function measureGood(stage: Stage, input: GoodInput): Promise<Cell> {
  const { appId, badApp, besides, size, faults, number } = input;
  const app = stage.rememberingApp;
  const people = Math.ceil(size.users / GOOD_LANES);
  const good = await stage.seeder.backlogs({ name: `Good neighbour ${number}`, lanes: GOOD_LANES, appId, app, people });
  await app.reset();
  await badApp.reset();
  await badApp.setFaults(besides === null ? [] : [besides.fault]);
  const badLanes = besides?.lanes ?? [];
  await pauseAll(stage, badLanes, false);
  await waitUntilBegun(badApp, badLanes.length);

  await pauseAll(stage, good, false);
  await settleAll(stage, good, people);
  const counts = await app.counts();
  faults.push(...faultsOfDelivery(counts, people * GOOD_LANES));

  await app.reset();
  const requests = CREATES_PER_SECOND * size.seconds;
  const targets = good.map((lane) => lane.scim);
  const { clock } = await createPaced(stage.api, { targets, perSecond: CREATES_PER_SECOND, requests, faults });
  await settleAll(stage, good, people + requests / GOOD_LANES);
  faults.push(...faultsOfDelivery(await app.counts(), requests));
  const latenciesMs = await clock.latenciesMs(app);

  await pauseAll(stage, badLanes, true);
  await waitUntilIdle(badApp);
  return { perSecond: rateOf(counts), p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) };
}

async function pauseAll(stage: Stage, lanes: readonly SeededBacklog[], paused: boolean): Promise<void> {
  await Promise.all(lanes.map(({ connectionId }) => setPaused(stage.admin, connectionId, paused)));
}

async function settleAll(stage: Stage, lanes: readonly SeededBacklog[], people: number): Promise<void> {
  await Promise.all(lanes.map((lane) => waitUntilSettled(stage, lane, people)));
}

const show = ({ perSecond, p50Ms, p99Ms }: Cell): string =>
  `${perSecond.toFixed(0)} pushes/s, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`;

function toFigures(rounds: readonly Round[]): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const conditions: [keyof Round, string][] = [
    ["oneSlow", "one lane's app takes 2 s"],
    ["allSlow", `the app of ${BAD_LANES} lanes takes 2 s`],
    ["allRefused", `the app of ${BAD_LANES} lanes answers 429`],
  ];
  return conditions.flatMap(([cell, condition]): Figure[] => [
    {
      id: "P14",
      name: `others' pushes, ${condition}`,
      ours: `${middle((round) => round[cell].perSecond).toFixed(0)}/s`,
      against: `all well ${middle((round) => round.quiet.perSecond).toFixed(0)}/s`,
      judged: middle((round) => round[cell].perSecond / round.quiet.perSecond),
      gate: { atLeast: 0.8 },
      goal: { atLeast: 0.95 },
    },
    {
      id: "P14",
      name: "the same, created to request, p99",
      ours: `${middle((round) => round[cell].p99Ms).toFixed(0)} ms, p50 ${middle((round) => round[cell].p50Ms).toFixed(0)} ms`,
      against: `all well ${middle((round) => round.quiet.p99Ms).toFixed(0)} ms`,
      judged: middle((round) => round[cell].p99Ms / round.quiet.p99Ms),
      goal: { atMost: 1.5 },
    },
  ]);
}
