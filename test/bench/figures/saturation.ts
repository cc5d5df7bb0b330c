import { waitFor } from "@muster/testkit";
import { startBarePipeline } from "../limits/bare-pipeline.ts";
import { runClosedLoop } from "../load/closed-loop.ts";
import { faultsOf } from "../load/load-result.ts";
import { type ScimTarget, scimRequest, userBody } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median, quantile } from "../measure/numbers.ts";
import type { ApiProcess } from "../stage/api-process.ts";
import { onboardTenant, registerApp } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { pushBacklog } from "./backlog.ts";
import { createClock } from "./create-clock.ts";
import { faultsOfDelivery, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const CONNECTIONS = 16;
const DELIVERED_WITHIN_MS = 120_000;
/** Fewer than these are gone before anybody could time them. */
const WORTH_TIMING = 500;

type Cell = {
  p50Ms: number;
  p99Ms: number;
  /** People, from the first creation to the last request. */
  perSecond: number;
  /** Who was not in the app yet when the load ended, and how fast they went. */
  waited: number;
  drainedPerSecond: number;
};
type Round = { ours: Cell; bare: Cell; backlogPerSecond: number };

/** P12: the same as P11, but as fast as sixteen connections can create; and how fast what then waits is worked off. */
export async function measureSaturation(stage: Stage, size: Size): Promise<Measurement> {
  await stage.ensureWorker();
  const faults: string[] = [];
  const app = stage.rememberingApp;
  const appId = await registerApp(stage.admin, "Saturation");
  const bare = await startBarePipeline(stage, app);
  const saturateOurs = async (seconds: number): Promise<Cell> => {
    const tenant = await onboardTenant(stage.admin, { name: "Saturation", appId, app, paused: false });
    await waitUntilSettled(stage, tenant, 0);
    const settle = (people: number): Promise<void> => waitUntilSettled(stage, tenant, people);
    return await saturate(stage, { server: stage.api, scim: tenant.scim, settle, seconds, faults });
  };
  const saturateBare = (seconds: number): Promise<Cell> => {
    const isThere = async (people: number): Promise<boolean> => (await app.counts()).users >= people;
    const settle = async (people: number): Promise<void> =>
      void (await waitFor(() => isThere(people), { timeoutMs: DELIVERED_WITHIN_MS, what: `${people} at the app` }));
    return saturate(stage, { server: bare, scim: bare.scim, settle, seconds, faults });
  };
  await saturateOurs(1);
  await saturateBare(1);
  const rounds = await interleave<Round>(size.rounds, {
    ours: () => saturateOurs(size.seconds),
    bare: () => saturateBare(size.seconds),
    backlogPerSecond: () => pushBacklog(stage, { name: "Backlog", appId, app, users: size.users, lanes: 1, faults }),
  });
  await bare.stop();
  return { figures: toFigures(rounds, bare.name), faults };
}

async function saturate(
  stage: Stage,
  input: {
    server: ApiProcess;
    scim: ScimTarget;
    settle(people: number): Promise<void>;
    seconds: number;
    faults: string[];
  },
): Promise<Cell> {
  const { server, scim, seconds, faults } = input;
  const app = stage.rememberingApp;
  await app.reset();
  const clock = createClock();
  const prefix = crypto.randomUUID().slice(0, 8);
  const startedAtMs = Date.now();
  const result = await runClosedLoop({
    address: server.address,
    connections: CONNECTIONS,
    limit: { seconds },
    request: (index) => scimRequest(scim, "POST", "/Users", userBody(`${prefix}${index}`)),
    onReply: clock.note,
  });
  const endedAtMs = Date.now();
  const waited = clock.created() - (await app.counts()).users;
  faults.push(...faultsOf("POST /Users", result));
  await input.settle(clock.created());
  const counts = await app.counts();
  faults.push(...faultsOfDelivery(counts, clock.created()));
  const latenciesMs = await clock.latenciesMs(app);
  return {
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    perSecond: (clock.created() * 1_000) / (counts.lastAtMs - startedAtMs),
    waited,
    drainedPerSecond: (waited * 1_000) / (counts.lastAtMs - endedAtMs),
  };
}

function toFigures(rounds: readonly Round[], limitName: string): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const ms = (value: (round: Round) => number): string => `${middle(value).toFixed(0)} ms`;
  const rate = (value: (round: Round) => number): string => `${middle(value).toFixed(0)}/s`;
  const drained = rounds.filter(({ ours }) => ours.waited >= WORTH_TIMING);
  return [
    {
      id: "P12",
      name: `accepted to request, ${CONNECTIONS} connections that never rest, p99, in ms`,
      ours: `${ms(({ ours }) => ours.p99Ms)}, p50 ${ms(({ ours }) => ours.p50Ms)} (${limitName} ${ms(({ bare }) => bare.p99Ms)})`,
      judged: middle(({ ours }) => ours.p99Ms),
      gate: { atMost: 2_000 },
      goal: { atMost: 250 },
      isTime: true,
    },
    {
      id: "P12",
      name: "people created and pushed meanwhile",
      ours: rate(({ ours }) => ours.perSecond),
      against: `${limitName} ${rate(({ bare }) => bare.perSecond)}`,
      judged: middle(({ ours, bare }) => ours.perSecond / bare.perSecond),
      goal: { atLeast: 0.5 },
    },
    {
      id: "P12",
      name: `who waited when the load ended: ${middle(({ ours }) => ours.waited).toFixed(0)}`,
      ...(drained.length === 0
        ? { ours: "too few to be timed" }
        : {
            ours: `${median(drained.map(({ ours }) => ours.drainedPerSecond)).toFixed(0)}/s`,
            against: `a backlog alone ${rate((round) => round.backlogPerSecond)}`,
            judged: median(drained.map(({ ours, backlogPerSecond }) => ours.drainedPerSecond / backlogPerSecond)),
            goal: { atLeast: 0.8 },
          }),
    },
  ];
}
