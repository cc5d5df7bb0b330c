import { waitFor } from "@muster/testkit";
import { interleave } from "../measure/interleave.ts";
import { median, quantile } from "../measure/numbers.ts";
import {
  assignEveryone,
  connectApp,
  type OnboardedTenant,
  onboardTenant,
  registerApp,
  setPaused,
} from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";
import type { SeededPeople } from "../stage/seeded-directory.ts";
import { faultsOfDelivery, waitUntilBegun, waitUntilIdle, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";
import { createPaced } from "./paced-creates.ts";

const SMALL_TENANTS = 50;
/** Of all of them together: each creates one person a second. */
const CREATES_PER_SECOND = 50;
/** Pushes of the large tenant before anybody is timed. */
const BEGUN = 100;
const FOREVER_MS = 3_600_000;

type Cell = { p50Ms: number; p99Ms: number; mostMs: number; statements: number | null };
type Round = { quiet: Cell; busy: Cell & { syncedPerSecond: number } };

/** P17: small tenants' time from a person's creation to the request, while one tenant's `size.people` people go to its app. */
export async function measureFairness(stage: Stage, size: Size): Promise<Measurement> {
  await stage.ensureWorker();
  const faults: string[] = [];
  const appId = await registerApp(stage.admin, "Fairness");
  const largeApp = await stage.startApp("counts");
  const large = await stage.seeder.people(size.people);
  const small: OnboardedTenant[] = [];
  for (let index = 0; index < SMALL_TENANTS; index += 1) {
    const name = `Small ${index}`;
    small.push(await onboardTenant(stage.admin, { name, appId, app: stage.rememberingApp, paused: false }));
  }
  stage.note(`fairness: ${SMALL_TENANTS} small tenants and one of ${size.people} people are ready`);
  const each = new Map(small.map((tenant) => [tenant, 0]));
  const cell = async (): Promise<Cell> => await measureSmall(stage, each, size.seconds, faults);
  // The first cell warms the worker.
  await cell();
  const rounds = await interleave<Round>(size.rounds, {
    async quiet() {
      const quiet = await cell();
      stage.note(`fairness: quiet: ${show(quiet)}`);
      return quiet;
    },
    async busy() {
      const sync = startSyncing(stage, { appId, app: largeApp, large });
      await waitUntilBegun(largeApp, BEGUN);
      const [before, startedAtMs] = [await sync.pushed(), performance.now()];
      const busy = await cell();
      const syncedPerSecond = (((await sync.pushed()) - before) * 1_000) / (performance.now() - startedAtMs);
      await sync.stop();
      stage.note(`fairness: beside ${syncedPerSecond.toFixed(0)} pushes/s of the large tenant: ${show(busy)}`);
      return { ...busy, syncedPerSecond };
    },
  });
  await largeApp.stop();
  return { figures: toFigures(rounds, size.people), faults };
}

/** `each` holds how many people every tenant has. */
async function measureSmall(
  stage: Stage,
  each: Map<OnboardedTenant, number>,
  seconds: number,
  faults: string[],
): Promise<Cell> {
  const app = stage.rememberingApp;
  const tenants = [...each.keys()];
  for (const tenant of tenants) await waitUntilSettled(stage, tenant, each.get(tenant) ?? 0);
  await app.reset();
  await stage.statements?.reset();
  const perTenant = Math.max(1, Math.round((CREATES_PER_SECOND * seconds) / tenants.length));
  const requests = perTenant * tenants.length;
  const targets = tenants.map((tenant) => tenant.scim);
  const { clock } = await createPaced(stage.api, { targets, perSecond: CREATES_PER_SECOND, requests, faults });
  const statements = (await stage.statements?.count()) ?? null;
  for (const tenant of tenants) {
    const people = (each.get(tenant) ?? 0) + perTenant;
    each.set(tenant, people);
    await waitUntilSettled(stage, tenant, people);
  }
  faults.push(...faultsOfDelivery(await app.counts(), requests));
  const latenciesMs = await clock.latenciesMs(app);
  return {
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    mostMs: quantile(latenciesMs, 1),
    statements: statements === null ? null : statements / requests,
  };
}

/** Syncs the large tenant to its app, over a new connection whenever the last has come to its end. */
function startSyncing(stage: Stage, input: { appId: string; app: SampleAppProcess; large: SeededPeople }) {
  const { appId, app, large } = input;
  let isOver = false;
  let pushedBefore = 0;
  const syncOnce = async (): Promise<void> => {
    await app.reset();
    const connectionId = await connectApp(stage.admin, large, { appId, app, paused: false });
    await waitUntilSettled(stage, { connectionId }, 0);
    await assignEveryone(stage.admin, connectionId);
    await waitFor(async () => isOver || (await app.counts()).users >= large.people, {
      timeoutMs: FOREVER_MS,
      everyMs: 100,
      what: "the sync to end",
    });
    await setPaused(stage.admin, connectionId, true);
    await waitUntilIdle(app);
    pushedBefore += (await app.counts()).users;
  };
  const running = (async () => {
    while (!isOver) await syncOnce();
  })();
  return {
    /** Accounts made so far. */
    pushed: async (): Promise<number> => pushedBefore + (await app.counts()).users,
    async stop(): Promise<void> {
      isOver = true;
      await running;
    },
  };
}

const show = ({ p50Ms, p99Ms, mostMs }: Cell): string =>
  `p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, most ${mostMs.toFixed(0)} ms`;

function toFigures(rounds: readonly Round[], people: number): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const name = `created to request, ${SMALL_TENANTS} tenants beside a sync of ${people}`;
  const ms = (value: (round: Round) => number): string => `${middle(value).toFixed(0)} ms`;
  const statements = rounds.flatMap(({ quiet }) => quiet.statements ?? []);
  const figures: Figure[] = [
    {
      id: "P17",
      name: `${name}, p99`,
      ours: `${ms((round) => round.busy.p99Ms)} (most ${ms((round) => round.busy.mostMs)})`,
      against: `when quiet ${ms((round) => round.quiet.p99Ms)}`,
      judged: middle((round) => round.busy.p99Ms / round.quiet.p99Ms),
      gate: { atMost: 5 },
      goal: { atMost: 3 },
    },
    {
      id: "P17",
      name: "the same, p50",
      ours: ms((round) => round.busy.p50Ms),
      against: `when quiet ${ms((round) => round.quiet.p50Ms)}`,
      judged: middle((round) => round.busy.p50Ms / round.quiet.p50Ms),
    },
    {
      id: "P17",
      name: "pushes of the large tenant meanwhile",
      ours: `${middle((round) => round.busy.syncedPerSecond).toFixed(0)}/s`,
    },
  ];
  if (statements.length > 0)
    figures.push({
      id: "P16",
      name: "SQL statements per change, each in a lane that slept, both sides",
      ours: median(statements).toFixed(2),
    });
  return figures;
}
