import { scimRequest } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import type { Stage } from "../stage/open-stage.ts";
import { type SeededDirectory, seededId } from "../stage/seeded-directory.ts";
import { type ClosedRun, closedRun, showCpu, showRate, showRuns } from "./closed-run.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const CONNECTIONS = 16;
const BASE_PEOPLE = 10_000;
/** By number and not by time, so that the smaller directory stays nearly as large as it was. */
const DELETES_A_CELL = 400;
const WARM_UP_DELETES = 200;
/** How far apart in the directory the deleted stand, so that they share no pages: prime, so that all are different. */
const STRIDE = 7;

type Round = { many: ClosedRun; base?: ClosedRun };

/**
 * P6: `DELETE /Users/{id}` of people who are in a group and have an account in an app, in a directory of `size.people`
 * and in one of 10,000: what a missing index makes slow.
 */
export async function measureDeletes(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const many = startDeleting(stage, await stage.seeded(size.people), faults);
  const base = size.people > BASE_PEOPLE ? startDeleting(stage, await stage.seeded(BASE_PEOPLE), faults) : undefined;
  await many(WARM_UP_DELETES);
  const rounds = await interleave<Round>(size.rounds, {
    many: () => many(DELETES_A_CELL),
    ...(base !== undefined && { base: () => base(DELETES_A_CELL) }),
  });
  const all = rounds.map((round) => round.many);
  const cpu = showCpu(all);
  return {
    figures: [
      ...growthFigures(rounds, size.people),
      ...(cpu === undefined ? [] : [{ id: "P6", name: "Node CPU per DELETE", ours: cpu }]),
    ],
    faults,
  };
}

function startDeleting(stage: Stage, directory: SeededDirectory, faults: string[]) {
  let deleted = 0;
  return (requests: number): Promise<ClosedRun> => {
    if ((deleted + requests) * STRIDE > directory.people)
      throw new Error(
        `Deletes need a directory of more than ${(deleted + requests) * STRIDE} people: use fewer rounds`,
      );
    return closedRun(stage.api, {
      what: "DELETE /Users/{id}",
      faults,
      connections: CONNECTIONS,
      limit: { requests },
      // From the end, because the people at the beginning are looked at by other figures.
      request: () =>
        scimRequest(directory.scim, "DELETE", `/Users/${seededId(directory.people - 1 - STRIDE * deleted++)}`),
    });
  };
}

function growthFigures(rounds: readonly Round[], people: number): Figure[] {
  const many = rounds.map((round) => round.many);
  const base = rounds.flatMap((round) => round.base ?? []);
  const figure = { id: "P6", name: `DELETE at ${people} people, ${CONNECTIONS} connections`, ours: showRuns(many) };
  if (base.length === 0) return [figure];
  return [
    {
      ...figure,
      against: `${BASE_PEOPLE} people ${showRate(base)}`,
      judged: median(rounds.flatMap((round) => (round.base ? round.many.perSecond / round.base.perSecond : []))),
      gate: { atLeast: 0.8 },
      goal: { atLeast: 0.9 },
    },
  ];
}
