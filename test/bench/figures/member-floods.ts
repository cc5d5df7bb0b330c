import { openMemberLimit } from "../limits/member-limit.ts";
import { runClosedLoop } from "../load/closed-loop.ts";
import { faultsOf, type LoadResult } from "../load/load-result.ts";
import { runPacedLoop } from "../load/paced-loop.ts";
import { addMembersBody, groupBody, scimRequest } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median, quantile } from "../measure/numbers.ts";
import { textOf } from "../stage/admin-client.ts";
import { putRules } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { askScim } from "../stage/scim-client.ts";
import { type SeededDirectory, seededId } from "../stage/seeded-directory.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const MEMBERS = 10_000;
/** One after the other, while somebody else's requests are timed: one alone would be over after a few of those. */
const FLOODS_A_CELL = 4;
/** Well below what the api can do alone, so that what is timed is the wait for others. */
const GETS_PER_SECOND = 100;
const GET_CONNECTIONS = 8;
const OTHER_PEOPLE = 1_000;
/** Ends a cell should the floods hang. */
const LONGEST_S = 120;

type Round = { floodMs: number; limitMs: number; quietP99Ms: number; busyP99Ms: number };

/** P8: one `PATCH` that adds 10,000 members, against its rows alone, and what another tenant notices of it. */
export async function measureMemberFloods(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const directory = await stage.seeded(MEMBERS);
  const other = await stage.seeded(OTHER_PEOPLE);
  const ids = Array.from({ length: MEMBERS }, (_, index) => seededId(index));
  const floods = await prepareFloods(stage, directory, ids, 1 + size.rounds * (1 + FLOODS_A_CELL));
  const flood = async (): Promise<number> => {
    const result = await floods.next();
    faults.push(...faultsOf("PATCH /Groups/{id}", result));
    return result.latenciesMs[0] ?? Number.NaN;
  };
  const getMeanwhile = async (limit: { requests: number; isOver?: () => boolean }): Promise<number> => {
    const result = await runPacedLoop({
      address: stage.api.address,
      connections: GET_CONNECTIONS,
      perSecond: GETS_PER_SECOND,
      ...limit,
      request: (index) => scimRequest(other.scim, "GET", `/Users/${seededId(index % other.people)}`),
    });
    faults.push(...faultsOf("GET /Users/{id}", result));
    return quantile(result.latenciesMs, 0.99);
  };
  await flood();
  const limit = await openMemberLimit(stage, ids);
  await limit.measure();
  const rounds = await interleave<Round>(size.rounds, {
    floodMs: flood,
    limitMs: () => limit.measure(),
    quietP99Ms: () => getMeanwhile({ requests: GETS_PER_SECOND * size.seconds }),
    async busyP99Ms() {
      let isOver = false;
      const flooding = (async () => {
        for (let done = 0; done < FLOODS_A_CELL; done += 1) await flood();
      })().finally(() => (isOver = true));
      const p99Ms = await getMeanwhile({ requests: GETS_PER_SECOND * LONGEST_S, isOver: () => isOver });
      await flooding;
      return p99Ms;
    },
  });
  await limit.close();
  return { figures: toFigures(rounds, limit.name), faults };
}

/** Makes empty groups that decide roles, one a flood, before anything is timed. */
async function prepareFloods(
  stage: Stage,
  { scim, groupId, connectionId }: SeededDirectory,
  ids: readonly string[],
  count: number,
): Promise<{ next(): Promise<LoadResult> }> {
  const groups: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const body = groupBody(`Flood ${Date.now()} ${index}`);
    groups.push(textOf(await askScim(stage, scim, { method: "POST", path: "/Groups", body }), "id"));
  }
  await putRules(stage.admin, connectionId, [groupId, ...groups]);
  const body = addMembersBody(ids);
  return {
    next() {
      const group = groups.shift() ?? "";
      return runClosedLoop({
        address: stage.api.address,
        connections: 1,
        limit: { requests: 1 },
        request: () => scimRequest(scim, "PATCH", `/Groups/${group}`, body),
      });
    },
  };
}

function toFigures(rounds: readonly Round[], limitName: string): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const floodMs = middle((round) => round.floodMs);
  return [
    {
      id: "P8",
      name: "one PATCH + 10,000 members",
      ours: `${floodMs.toFixed(0)} ms`,
      against: `${limitName} ${middle((round) => round.limitMs).toFixed(0)} ms`,
      judged: middle((round) => round.floodMs / round.limitMs),
      gate: { atMost: 8 },
      goal: { atMost: 4 },
    },
    {
      id: "P8",
      name: "the same, in seconds",
      ours: `${(floodMs / 1_000).toFixed(2)} s`,
      judged: floodMs / 1_000,
      gate: { atMost: 2 },
      goal: { atMost: 0.5 },
      isTime: true,
    },
    {
      id: "P8",
      name: "another tenant's GETs meanwhile, p99",
      ours: `${middle((round) => round.busyP99Ms).toFixed(1)} ms`,
      against: `when quiet ${middle((round) => round.quietP99Ms).toFixed(1)} ms`,
      judged: middle((round) => round.busyP99Ms / round.quietP99Ms),
      goal: { atMost: 2 },
    },
  ];
}
