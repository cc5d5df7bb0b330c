import { waitFor } from "@muster/testkit";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { residentMegabytes } from "../measure/resident-memory.ts";
import { assignEveryone, connectApp, IN_FLIGHT, registerApp, setPaused } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";
import type { SeededPeople } from "../stage/seeded-directory.ts";
import { pushBacklog } from "./backlog.ts";
import { countPending, faultsOfDelivery, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

/** What the times of the goals are for. */
const GOAL_PEOPLE = 100_000;
const SAMPLE_EVERY_MS = 250;
/** The status counts every account, so it is not asked all the time while somebody is timed. */
const STATUS_EVERY_MS = 5_000;
const ENDS_WITHIN_MS = 3_600_000;

type Sync = { seconds: number; rssMb: number[] };
type Round = { sync: Sync; backlogPerSecond: number };

/**
 * P10: everybody of a directory of `size.people` into one app without latency, from the assignment to the last request;
 * against a backlog of `size.users` accounts that only had to be pushed (P9).
 */
export async function measureInitialSync(stage: Stage, size: Size): Promise<Measurement> {
  const worker = await stage.ensureWorker();
  const faults: string[] = [];
  const appId = await registerApp(stage.admin, "Initial sync");
  const { app } = stage;
  const directory = await stage.seeder.people(size.people);
  stage.note(`initial-sync: a directory of ${size.people} people is ready`);
  const backlog = (): Promise<number> =>
    pushBacklog(stage, { name: "Before a sync", appId, app, users: size.users, lanes: 1, faults });
  // Warms the worker.
  await backlog();
  const rounds = await interleave<Round>(size.rounds, {
    sync: () => syncAll(stage, { appId, app, directory, workerPid: worker.pid, faults }),
    backlogPerSecond: backlog,
  });
  return { figures: toFigures(rounds, size), faults };
}

async function syncAll(
  stage: Stage,
  input: { appId: string; app: SampleAppProcess; directory: SeededPeople; workerPid: number; faults: string[] },
): Promise<Sync> {
  const { app, directory, workerPid, faults } = input;
  const { people } = directory;
  await app.reset();
  const connectionId = await connectApp(stage.admin, directory, { ...input, paused: false });
  await waitUntilSettled(stage, { connectionId }, 0);
  const startedAtMs = Date.now();
  await assignEveryone(stage.admin, connectionId);
  const rssMb: number[] = [];
  let askedAtMs = startedAtMs;
  const isThere = async (): Promise<boolean> => {
    const { users } = await app.counts();
    rssMb.push(...[await residentMegabytes(workerPid)].filter((megabytes) => megabytes !== null));
    if (Date.now() - askedAtMs >= STATUS_EVERY_MS) {
      askedAtMs = Date.now();
      const pending = await countPending(stage, { connectionId });
      stage.note(`initial-sync: ${users} of ${people} in the app, ${pending} pending by the status`);
    }
    return users >= people;
  };
  await waitFor(isThere, { timeoutMs: ENDS_WITHIN_MS, everyMs: SAMPLE_EVERY_MS, what: `${people} accounts` });
  const counts = await app.counts();
  await waitUntilSettled(stage, { connectionId }, people);
  faults.push(...faultsOfDelivery(await app.counts(), people));
  // Nothing of this round is to be looked at in the next.
  await setPaused(stage.admin, connectionId, true);
  return { seconds: (counts.lastAtMs - startedAtMs) / 1_000, rssMb };
}

function toFigures(rounds: readonly Round[], { people, users }: Size): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const rate = ({ sync }: Round): number => people / sync.seconds;
  const scaled = middle(({ sync }) => (sync.seconds * GOAL_PEOPLE) / people);
  const figures: Figure[] = [
    {
      id: "P10",
      name: `initial sync of ${people} people, ${IN_FLIGHT} in flight`,
      ours: `${middle(rate).toFixed(0)}/s`,
      against: `backlog of ${users} ${middle((round) => round.backlogPerSecond).toFixed(0)}/s`,
      judged: middle((round) => rate(round) / round.backlogPerSecond),
      goal: { atLeast: 0.8 },
    },
    {
      id: "P10",
      name: `the same, seconds for ${GOAL_PEOPLE}`,
      ours: `${scaled.toFixed(1)} s`,
      judged: scaled,
      gate: { atMost: 45 },
      goal: { atMost: 20 },
      isTime: true,
    },
  ];
  return [
    ...figures,
    ...memoryFigures(
      "P10",
      rounds.map((round) => round.sync.rssMb),
    ),
  ];
}

const QUARTERS = 4;

/** A heap grows to what the work needs at first; what counts is that it does not grow with the number of people. */
export function memoryFigures(id: string, all: readonly (readonly number[])[]): Figure[] {
  const rounds = all.filter((rssMb) => rssMb.length >= QUARTERS);
  if (rounds.length === 0) return [];
  const quarter = (rssMb: readonly number[], index: number): number =>
    median(
      rssMb.slice(Math.floor((index * rssMb.length) / QUARTERS), Math.ceil(((index + 1) * rssMb.length) / QUARTERS)),
    );
  const grownMb = median(rounds.map((rssMb) => quarter(rssMb, 3) - quarter(rssMb, 1)));
  const most = median(rounds.map((rssMb) => Math.max(...rssMb)));
  const figure: Figure = {
    id,
    name: "RSS of the worker, last quarter more than the second",
    ours: `${grownMb.toFixed(0)} MB (most ${most.toFixed(0)} MB)`,
    judged: grownMb,
    goal: { atMost: 20 },
  };
  return [figure];
}
