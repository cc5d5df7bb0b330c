import { startAnswerLimit } from "../limits/answer-limit.ts";
import { scimRequest } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import type { ApiProcess } from "../stage/api-process.ts";
import type { Stage } from "../stage/open-stage.ts";
import { seededId } from "../stage/seeded-directory.ts";
import { type ClosedRun, closedRun, showRate, showRuns } from "./closed-run.ts";
import type { Measurement, Size } from "./figure.ts";
import { cpuFigures, READ_CONNECTIONS, READ_WARM_UP } from "./read-figures.ts";

type Round = { gets: ClosedRun; limit: ClosedRun };

/** P3: `GET /Users/{id}` of random people, against express alone that answers as many bytes. */
export async function measureGets(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const directory = await stage.seeded(size.people);
  const limit = await startAnswerLimit(stage, directory);
  const get = (server: ApiProcess, what: string, enough: { seconds?: number; requests?: number }) =>
    closedRun(server, {
      what,
      faults,
      connections: READ_CONNECTIONS,
      limit: enough,
      request: () =>
        scimRequest(directory.scim, "GET", `/Users/${seededId(Math.floor(Math.random() * directory.people))}`),
    });
  const ours = (enough: { seconds?: number; requests?: number }) => get(stage.api, "GET /Users/{id}", enough);
  const theirs = (enough: { seconds?: number; requests?: number }) => get(limit, limit.name, enough);
  await ours({ requests: READ_WARM_UP });
  await theirs({ requests: READ_WARM_UP });
  const rounds = await interleave<Round>(size.rounds, {
    gets: () => ours({ seconds: size.seconds }),
    limit: () => theirs({ seconds: size.seconds }),
  });
  await limit.stop();
  const gets = rounds.map((round) => round.gets);
  const limits = rounds.map((round) => round.limit);
  return {
    figures: [
      {
        id: "P3",
        name: `GET by id of ${size.people} people, ${READ_CONNECTIONS} connections`,
        ours: showRuns(gets),
        against: `${limit.name} ${showRate(limits)}`,
        judged: median(rounds.map((round) => round.gets.perSecond / round.limit.perSecond)),
        gate: { atLeast: 0.45 },
        goal: { atLeast: 0.6 },
      },
      ...cpuFigures("P3", "GET", { ours: gets, limit: limits }),
    ],
    faults,
  };
}
