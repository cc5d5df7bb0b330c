import { waitFor } from "@muster/testkit";
import { readByCursor } from "../limits/cursor-read.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { residentMegabytes } from "../measure/resident-memory.ts";
import { type JsonObject, textOf, toObject } from "../stage/admin-client.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SeededDirectory } from "../stage/seeded-directory.ts";
import type { Figure, Measurement, Size } from "./figure.ts";
import { memoryFigures } from "./initial-sync.ts";

const SAMPLE_EVERY_MS = 50;
const ENDS_WITHIN_MS = 600_000;

type Planned = { seconds: number; rssMb: number[] };
type Round = { plan: Planned; cursorSeconds: number };

/**
 * P18: what an edit of the rules would change for the `size.people` people of a directory, from the request to the end of the plan, its
 * half a second at most before a worker takes it up included; against reading the rows that it reads by a cursor.
 */
export async function measurePlan(stage: Stage, size: Size): Promise<Measurement> {
  const worker = await stage.ensureWorker();
  const faults: string[] = [];
  const directory = await stage.seeded(size.people);
  const plan = (): Promise<Planned> => planOnce(stage, directory, worker.pid, faults);
  const cursor = async (): Promise<number> => {
    const { seconds, people } = await readByCursor(stage.productUrl, directory);
    if (people < size.people) faults.push(`the cursor read ${people} of ${size.people} people`);
    return seconds;
  };
  // Both compile their hot paths first.
  await plan();
  await cursor();
  const rounds = await interleave<Round>(size.rounds, { plan, cursorSeconds: cursor });
  return { figures: toFigures(rounds, size), faults };
}

async function planOnce(
  stage: Stage,
  { connectionId, groupId, people }: SeededDirectory,
  workerPid: number,
  faults: string[],
): Promise<Planned> {
  const at = `/connections/${connectionId}/plans`;
  // Everybody's role comes from elsewhere then, and nobody keeps one.
  const rules = {
    precedence: "first",
    defaultRole: null,
    rules: [{ group: { id: groupId }, role: "member", condition: "false" }],
  };
  const { id } = await stage.admin.post(at, { proposed: { rules }, names: 20 });
  const rssMb: number[] = [];
  const isOver = async (): Promise<JsonObject | undefined> => {
    rssMb.push(...[await residentMegabytes(workerPid)].filter((megabytes) => megabytes !== null));
    const found = await stage.admin.get(`${at}/${String(id)}`);
    return found["state"] === "done" || found["state"] === "failed" ? found : undefined;
  };
  const plan = await waitFor(isOver, { timeoutMs: ENDS_WITHIN_MS, everyMs: SAMPLE_EVERY_MS, what: "the plan" });
  const counted = plan["state"] === "done" ? toObject(plan["result"])["people"] : plan["reason"];
  if (typeof counted !== "number" || counted < people)
    faults.push(`the plan told of ${String(counted)}, not of ${people} people`);
  const seconds = (Date.parse(textOf(plan, "finishedAt")) - Date.parse(textOf(plan, "createdAt"))) / 1_000;
  return { seconds, rssMb };
}

function toFigures(rounds: readonly Round[], { people }: Size): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const figures: Figure[] = [
    {
      id: "P18",
      name: `what an edit would change for ${people} people`,
      ours: `${middle(({ plan }) => plan.seconds).toFixed(2)} s`,
      against: `their rows by a cursor ${middle((round) => round.cursorSeconds).toFixed(2)} s`,
      judged: middle(({ plan, cursorSeconds }) => plan.seconds / cursorSeconds),
      gate: { atMost: 8 },
      goal: { atMost: 4 },
    },
  ];
  return [
    ...figures,
    ...memoryFigures(
      "P18",
      rounds.map(({ plan }) => plan.rssMb),
    ),
  ];
}
