import { startAnswerLimit } from "../limits/answer-limit.ts";
import { filterPath, scimRequest } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import type { ApiProcess } from "../stage/api-process.ts";
import type { Stage } from "../stage/open-stage.ts";
import { type SeededDirectory, seededUserName } from "../stage/seeded-directory.ts";
import { type ClosedRun, closedRun, showRate, showRuns } from "./closed-run.ts";
import type { Figure, Measurement, Size } from "./figure.ts";
import { cpuFigures, READ_CONNECTIONS, READ_WARM_UP } from "./read-figures.ts";

/** What a directory's growth is measured from. */
const FEW_PEOPLE = 1_000;

type Round = { filters: ClosedRun; limit: ClosedRun; few?: ClosedRun };
type Enough = { seconds?: number; requests?: number };

/**
 * P4: `GET /Users?filter=userName eq "…"` of random people, each of whom is there, against express alone that answers as
 * many bytes, and against the same look-up among a thousand.
 */
export async function measureFilters(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const directory = await stage.seeded(size.people);
  const few = size.people > FEW_PEOPLE ? await stage.seeded(FEW_PEOPLE) : undefined;
  const limit = await startAnswerLimit(stage, directory);
  const filter = (server: ApiProcess, people: SeededDirectory, enough: Enough) =>
    closedRun(server, {
      what: "GET /Users?filter=",
      faults,
      connections: READ_CONNECTIONS,
      limit: enough,
      request() {
        const name = seededUserName(Math.floor(Math.random() * people.people));
        return scimRequest(people.scim, "GET", filterPath(name));
      },
    });
  const timed = { seconds: size.seconds };
  await filter(stage.api, directory, { requests: READ_WARM_UP });
  await filter(limit, directory, { requests: READ_WARM_UP });
  const rounds = await interleave<Round>(size.rounds, {
    filters: () => filter(stage.api, directory, timed),
    limit: () => filter(limit, directory, timed),
    ...(few !== undefined && { few: () => filter(stage.api, few, timed) }),
  });
  await limit.stop();
  const filters = rounds.map((round) => round.filters);
  const limits = rounds.map((round) => round.limit);
  return {
    figures: [
      {
        id: "P4",
        name: `filter userName eq of ${size.people} people, ${READ_CONNECTIONS} connections`,
        ours: showRuns(filters),
        against: `${limit.name} ${showRate(limits)}`,
        judged: median(rounds.map((round) => round.filters.perSecond / round.limit.perSecond)),
        gate: { atLeast: 0.35 },
        goal: { atLeast: 0.5 },
      },
      ...growthFigures(rounds, size.people),
      ...cpuFigures("P4", "filter", { ours: filters, limit: limits }),
    ],
    faults,
  };
}

function growthFigures(rounds: readonly Round[], people: number): Figure[] {
  const few = rounds.flatMap((round) => round.few ?? []);
  if (few.length === 0) return [];
  return [
    {
      id: "P4",
      name: `the same, ${people} people against ${FEW_PEOPLE}`,
      ours: showRate(rounds.map((round) => round.filters)),
      against: `${FEW_PEOPLE} people ${showRate(few)}`,
      judged: median(rounds.flatMap(({ filters, few: least }) => (least ? filters.perSecond / least.perSecond : []))),
      gate: { atLeast: 0.8 },
      goal: { atLeast: 0.9 },
    },
  ];
}
