import { faultsOf } from "../load/load-result.ts";
import { runPacedLoop } from "../load/paced-loop.ts";
import { scimRequest, userBody } from "../load/scim-request.ts";
import { median, quantile } from "../measure/numbers.ts";
import { textOf, toObject } from "../stage/admin-client.ts";
import { type OnboardedTenant, onboardTenant, registerApp } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { faultsOfDelivery, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const PER_SECOND = 300;
const LOADER_CONNECTIONS = 64;
const WARM_UP_CREATES = 300;

type Round = { p50Ms: number; p99Ms: number; mostMs: number; answerP99Ms: number; statements: number | null };

/**
 * P11: from the moment a person was written (`meta.created`, the time of the transaction) to the request at the app, at an
 * even pace, with api and worker at work together. The commit itself is therefore in it.
 */
export async function measurePushLatency(stage: Stage, size: Size): Promise<Measurement> {
  await stage.ensureWorker();
  const app = stage.rememberingApp;
  const appId = await registerApp(stage.admin, "Latency");
  const faults: string[] = [];
  const rounds: Round[] = [];
  for (let round = 0; round <= size.rounds; round += 1) {
    const creates = round === 0 ? WARM_UP_CREATES : PER_SECOND * size.seconds;
    const tenant = await onboardTenant(stage.admin, { name: `Latency ${round}`, appId, app, paused: false });
    await waitUntilSettled(stage, tenant, 0);
    await app.reset();
    await stage.statements?.reset();
    const { createdAtMs, answerP99Ms, complaints } = await createPaced(stage, tenant, creates);
    await waitUntilSettled(stage, tenant, creates);
    const statements = (await stage.statements?.count()) ?? null;
    faults.push(...complaints, ...faultsOfDelivery(await app.counts(), creates));
    if (round === 0) continue;
    const latenciesMs = await latencies(stage, createdAtMs);
    rounds.push({
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      mostMs: quantile(latenciesMs, 1),
      answerP99Ms,
      statements: statements === null ? null : statements / creates,
    });
  }
  return { figures: toFigures(rounds), faults };
}

async function createPaced(stage: Stage, tenant: OnboardedTenant, creates: number) {
  const createdAtMs = new Map<string, number>();
  const prefix = `${Date.now().toString(36)}l`;
  const result = await runPacedLoop({
    address: stage.api.address,
    connections: LOADER_CONNECTIONS,
    perSecond: PER_SECOND,
    requests: creates,
    request: (index) => scimRequest(tenant.scim, "POST", "/Users", userBody(prefix + index)),
    onReply(reply) {
      if (reply.status !== 201) return;
      const user = toObject(JSON.parse(reply.body.toString("utf8")));
      createdAtMs.set(textOf(user, "userName"), Date.parse(textOf(toObject(user["meta"]), "created")));
    },
  });
  return {
    createdAtMs,
    answerP99Ms: quantile(result.latenciesMs, 0.99),
    complaints: faultsOf("paced POST /Users", result),
  };
}

/** Ascending. */
async function latencies(stage: Stage, createdAtMs: ReadonlyMap<string, number>): Promise<Float64Array> {
  const found: number[] = [];
  for (const entry of await stage.rememberingApp.ledger()) {
    const createdMs = createdAtMs.get(String(entry["userName"]));
    if (entry["method"] === "POST" && createdMs !== undefined) found.push(Number(entry["atMs"]) - createdMs);
  }
  return Float64Array.from(found).sort();
}

function toFigures(rounds: readonly Round[]): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const ms = (value: (round: Round) => number): string => `${middle(value).toFixed(0)} ms`;
  const figures: Figure[] = [
    {
      id: "P11",
      name: `accepted to request at the app, ${PER_SECOND}/s, p99`,
      ours: `${ms((round) => round.p99Ms)} (most ${ms((round) => round.mostMs)})`,
      judged: middle((round) => round.p99Ms),
      gate: { atMost: 250 },
      goal: { atMost: 50 },
    },
    {
      id: "P11",
      name: "the same, p50",
      ours: ms((round) => round.p50Ms),
      judged: middle((round) => round.p50Ms),
      goal: { atMost: 10 },
    },
    { id: "P11", name: "answer to the create meanwhile, p99", ours: ms((round) => round.answerP99Ms) },
  ];
  const statements = rounds.flatMap((round) => round.statements ?? []);
  if (statements.length > 0)
    figures.push({
      id: "P16",
      name: `SQL statements per change, ${PER_SECOND}/s, both sides`,
      ours: median(statements).toFixed(2),
    });
  return figures;
}
