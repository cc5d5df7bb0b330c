import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@muster/testkit";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { residentMegabytes } from "../measure/resident-memory.ts";
import { type JsonObject, textOf } from "../stage/admin-client.ts";
import { assignEveryone, connectApp, registerApp, setPaused } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SeededPeople } from "../stage/seeded-directory.ts";
import { faultsOfDelivery, waitUntilIdle, waitUntilSettled } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const FEW_PEOPLE = 1_000;
/** Each starts processes and pushes a backlog. */
const MAX_ROUNDS = 3;
const SAMPLE_EVERY_MS = 100;
const PUSHED_WITHIN_MS = 600_000;
const MS_A_PERSON = 10;
/** What is pushed out of the small directory: as much as decides how large the heap gets, once for each connection. */
const MOST_OF_FEW = 10 * FEW_PEOPLE;
/** So that what is looked at once a minute happens while the worker is watched. */
const WATCH_MS = "500";

type Cell = { idleMb: number; drainingMb: number; afterMb: number };
type Round = { many: Cell | null; few: Cell | null };

/**
 * P13, the worker's part: its resident memory in a fresh process, idle and while it syncs `size.users` people, out of one
 * directory of `size.people` and out of one of a thousand, as often as that takes. Both push as much, up to ten thousand, so that
 * only the directory differs. A directory that was pushed whole is then compared with the app, account by account.
 */
export async function measureWorkerMemory(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const appId = await registerApp(stage.admin, "Memory");
  const many = await stage.seeder.people(size.people);
  const few = await stage.seeder.people(FEW_PEOPLE);
  stage.note(`memory: a directory of ${size.people} people is ready`);
  const cell = (directory: SeededPeople) => async (): Promise<Cell | null> => {
    const measured = await memoryOfSync(stage, { appId, directory, size, faults });
    stage.note(
      `memory: the worker with ${directory.people} people: ${measured === null ? "not readable" : show(measured)}`,
    );
    return measured;
  };
  const rounds = await interleave<Round>(Math.min(size.rounds, MAX_ROUNDS), { many: cell(many), few: cell(few) });
  const redisMb = await stage.redisMegabytes();
  return { figures: [...memoryFigures(rounds, size.people), ...redisFigures(redisMb)], faults };
}

async function memoryOfSync(
  stage: Stage,
  input: { appId: string; directory: SeededPeople; size: Size; faults: string[] },
): Promise<Cell | null> {
  const worker = await stage.startWorker({ MUSTER_WATCH_MS: WATCH_MS });
  // Long enough for all that runs on a clock to have had a turn.
  await sleep(input.size.seconds * 1_000);
  const idleMb = await residentMegabytes(worker.pid);
  let drainingMb = 0;
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await sleep(SAMPLE_EVERY_MS))
      drainingMb = Math.max(drainingMb, (await residentMegabytes(worker.pid)) ?? 0);
  })();
  try {
    const isSmall = input.directory.people <= FEW_PEOPLE;
    const users = isSmall ? Math.min(input.size.users, MOST_OF_FEW) : input.size.users;
    for (let left = users; left > 0; left -= input.directory.people) await syncSome(stage, input, left);
  } finally {
    isOver = true;
    await watching;
  }
  const afterMb = await residentMegabytes(worker.pid);
  await worker.stop();
  return idleMb === null || afterMb === null ? null : { idleMb, drainingMb, afterMb };
}

/** Pushes so many people of the directory over a new connection, or all where there are no more. */
async function syncSome(
  stage: Stage,
  { appId, directory, faults }: { appId: string; directory: SeededPeople; faults: string[] },
  wanted: number,
): Promise<void> {
  const { app } = stage;
  await app.reset();
  const connectionId = await connectApp(stage.admin, directory, { appId, app, paused: false });
  // Else everybody is looked at twice: for the new connection, and for who is assigned.
  await waitUntilSettled(stage, { connectionId }, 0);
  await assignEveryone(stage.admin, connectionId);
  const enough = Math.min(wanted, directory.people);
  await waitFor(async () => (await app.counts()).users >= enough, {
    timeoutMs: Math.max(PUSHED_WITHIN_MS, enough * MS_A_PERSON),
    what: `${enough} accounts in the app`,
  });
  if (enough === directory.people) await compareAll(stage, connectionId, directory.people);
  await setPaused(stage.admin, connectionId, true);
  await waitUntilIdle(app);
  const counts = await app.counts();
  faults.push(...faultsOfDelivery(counts, counts.users));
}

/** A full comparison of everybody who is in the app. */
async function compareAll(stage: Stage, connectionId: string, people: number): Promise<void> {
  await waitUntilSettled(stage, { connectionId }, people);
  const path = `/connections/${connectionId}/comparisons`;
  const id = textOf(await stage.admin.post(path, { policy: "report" }), "id");
  const read = async (): Promise<JsonObject> => await stage.admin.get(`${path}/${id}`);
  await waitFor(async () => (await read())["state"] !== "running", {
    timeoutMs: Math.max(PUSHED_WITHIN_MS, people * MS_A_PERSON),
    everyMs: 1_000,
    what: "the comparison to end",
  });
  const ended = await read();
  if (ended["state"] !== "done") throw new Error(`the comparison ended ${JSON.stringify(ended)}`);
  stage.note(`memory: ${people} people were compared with the app`);
}

const show = ({ idleMb, drainingMb, afterMb }: Cell): string =>
  `${idleMb.toFixed(0)} MB idle, ${drainingMb.toFixed(0)} MB at most while it syncs, ${afterMb.toFixed(0)} MB after`;

function memoryFigures(rounds: readonly Round[], people: number): Figure[] {
  const known = rounds.flatMap(({ many, few }) => (many === null || few === null ? [] : [{ many, few }]));
  const id = "P13";
  if (known.length === 0) return [{ id, name: "RSS of the worker", ours: "not readable here" }];
  const figure = (name: string, value: (cell: Cell) => number): Figure => {
    const grownMb = median(known.map(({ many, few }) => value(many) - value(few)));
    const [manyMb, fewMb] = [median(known.map(({ many }) => value(many))), median(known.map(({ few }) => value(few)))];
    return {
      id,
      name: `RSS of the worker ${name}, ${people} people more than ${FEW_PEOPLE}`,
      ours: `${grownMb.toFixed(0)} MB (${manyMb.toFixed(0)} and ${fewMb.toFixed(0)} MB)`,
      judged: grownMb,
      gate: { atMost: 50 },
      goal: { atMost: 20 },
    };
  };
  return [figure("idle", (cell) => cell.idleMb), figure("syncing", (cell) => cell.drainingMb)];
}

function redisFigures(redisMb: number | null): Figure[] {
  if (redisMb === null) return [];
  return [
    {
      id: "P13",
      name: "Redis after all that",
      ours: `${redisMb.toFixed(1)} MB`,
      judged: redisMb,
      goal: { atMost: 20 },
    },
  ];
}
