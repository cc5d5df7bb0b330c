import { waitFor } from "@muster/testkit";
import { type BarePipeline, startBarePipeline } from "../limits/bare-pipeline.ts";
import { interleave } from "../measure/interleave.ts";
import { median, quantile } from "../measure/numbers.ts";
import { type OnboardedTenant, onboardTenant, registerApp } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { faultsOfDelivery, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";
import { createPaced } from "./paced-creates.ts";

const PER_SECOND = 300;
const NEIGHBOURS = 8;
/** Of all of them together. */
const NEIGHBOURS_PER_SECOND = 200;
/** Ends a cell should the neighbours never be told to stop. */
const LONGEST_S = 600;
const DELIVERED_WITHIN_MS = 60_000;

type Cell = { p50Ms: number; p99Ms: number; mostMs: number; answerP99Ms: number; statements: number | null };
type Round = { alone: Cell; bare: Cell; amongOthers: Cell };

/**
 * P11: from the moment a person was written to the request at the app, at an even pace, with api and worker at work together:
 * one tenant alone, the same beside eight others whose people come too, and the bare pipeline.
 */
export async function measurePushLatency(stage: Stage, size: Size): Promise<Measurement> {
  await stage.ensureWorker();
  const faults: string[] = [];
  const appId = await registerApp(stage.admin, "Latency");
  const bare = await startBarePipeline(stage, stage.rememberingApp);
  const others: OnboardedTenant[] = [];
  for (let index = 0; index < NEIGHBOURS; index += 1)
    others.push(await onboardTenant(stage.admin, { name: `Besides ${index}`, appId, app: stage.app, paused: false }));
  const alone = (seconds: number): Promise<Cell> => measureTenant(stage, { appId, seconds, faults });
  const measureBare = (seconds: number): Promise<Cell> => measurePipeline(stage, { bare, seconds, faults });
  // Both compile their hot paths first.
  await alone(1);
  await measureBare(1);
  const rounds = await interleave<Round>(size.rounds, {
    alone: () => alone(size.seconds),
    bare: () => measureBare(size.seconds),
    amongOthers: () => besideOthers(stage, { others, faults }, () => alone(size.seconds)),
  });
  await bare.stop();
  return { figures: toFigures(rounds, bare.name), faults };
}

async function measureTenant(
  stage: Stage,
  { appId, seconds, faults }: { appId: string; seconds: number; faults: string[] },
): Promise<Cell> {
  const app = stage.rememberingApp;
  const tenant = await onboardTenant(stage.admin, { name: "Latency", appId, app, paused: false });
  await waitUntilSettled(stage, tenant, 0);
  await app.reset();
  await stage.statements?.reset();
  const requests = PER_SECOND * seconds;
  const input = { targets: [tenant.scim], perSecond: PER_SECOND, requests, faults };
  const { clock, answerP99Ms } = await createPaced(stage.api, input);
  await waitUntilSettled(stage, tenant, requests);
  const statements = (await stage.statements?.count()) ?? null;
  faults.push(...faultsOfDelivery(await app.counts(), requests));
  return { ...toCell(await clock.latenciesMs(app)), answerP99Ms, statements: statements && statements / requests };
}

async function measurePipeline(
  stage: Stage,
  { bare, seconds, faults }: { bare: BarePipeline; seconds: number; faults: string[] },
): Promise<Cell> {
  const app = stage.rememberingApp;
  await app.reset();
  const requests = PER_SECOND * seconds;
  const input = { targets: [bare.scim], perSecond: PER_SECOND, requests, faults };
  const { clock, answerP99Ms } = await createPaced(bare, input);
  const isDelivered = async (): Promise<boolean> => (await app.counts()).users >= requests;
  await waitFor(isDelivered, { timeoutMs: DELIVERED_WITHIN_MS, what: `the ${bare.name} to deliver ${requests}` });
  faults.push(...faultsOfDelivery(await app.counts(), requests));
  return { ...toCell(await clock.latenciesMs(app)), answerP99Ms, statements: null };
}

async function besideOthers<T>(
  stage: Stage,
  { others, faults }: { others: readonly OnboardedTenant[]; faults: string[] },
  work: () => Promise<T>,
): Promise<T> {
  let isOver = false;
  const creating = createPaced(stage.api, {
    targets: others.map((tenant) => tenant.scim),
    perSecond: NEIGHBOURS_PER_SECOND,
    requests: NEIGHBOURS_PER_SECOND * LONGEST_S,
    isOver: () => isOver,
    faults,
  });
  try {
    return await work();
  } finally {
    isOver = true;
    await creating;
  }
}

function toCell(latenciesMs: Float64Array): Pick<Cell, "p50Ms" | "p99Ms" | "mostMs"> {
  return { p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99), mostMs: quantile(latenciesMs, 1) };
}

function toFigures(rounds: readonly Round[], limitName: string): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const ms = (value: (round: Round) => number): string => `${middle(value).toFixed(0)} ms`;
  const name = `accepted to request at the app, ${PER_SECOND}/s`;
  const figures: Figure[] = [
    {
      id: "P11",
      name: `${name}, p99`,
      ours: `${ms(({ alone }) => alone.p99Ms)} (most ${ms(({ alone }) => alone.mostMs)})`,
      against: `${limitName} ${ms(({ bare }) => bare.p99Ms)}`,
      judged: middle(({ alone, bare }) => alone.p99Ms / bare.p99Ms),
      goal: { atMost: 2 },
    },
    {
      id: "P11",
      name: "the same, in ms",
      ours: ms(({ alone }) => alone.p99Ms),
      judged: middle(({ alone }) => alone.p99Ms),
      gate: { atMost: 250 },
      goal: { atMost: 50 },
      isTime: true,
    },
    {
      id: "P11",
      name: "the same, p50, in ms",
      ours: `${ms(({ alone }) => alone.p50Ms)} (${limitName} ${ms(({ bare }) => bare.p50Ms)})`,
      judged: middle(({ alone }) => alone.p50Ms),
      goal: { atMost: 10 },
      isTime: true,
    },
    {
      id: "P11",
      name: `${name}, p99, beside ${NEIGHBOURS} tenants with ${NEIGHBOURS_PER_SECOND}/s`,
      ours: `${ms(({ amongOthers }) => amongOthers.p99Ms)}, p50 ${ms(({ amongOthers }) => amongOthers.p50Ms)}`,
      against: `alone ${ms(({ alone }) => alone.p99Ms)}`,
      judged: middle(({ amongOthers, alone }) => amongOthers.p99Ms / alone.p99Ms),
    },
    { id: "P11", name: "answer to the create meanwhile, p99", ours: ms(({ alone }) => alone.answerP99Ms) },
  ];
  const statements = rounds.flatMap(({ alone }) => alone.statements ?? []);
  if (statements.length > 0)
    figures.push({
      id: "P16",
      name: `SQL statements per change, ${PER_SECOND}/s, both sides`,
      ours: median(statements).toFixed(2),
    });
  return figures;
}
