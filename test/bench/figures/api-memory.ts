import { scimRequest } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { residentMegabytes } from "../measure/resident-memory.ts";
import { toObject } from "../stage/admin-client.ts";
import type { Stage } from "../stage/open-stage.ts";
import { askScim } from "../stage/scim-client.ts";
import type { SeededDirectory } from "../stage/seeded-directory.ts";
import { closedRun } from "./closed-run.ts";
import type { Measurement, Size } from "./figure.ts";

const FEW_PEOPLE = 1_000;
/** Each starts two processes and reads whole directories. */
const MAX_ROUNDS = 3;
const CONNECTIONS = 4;
const PAGE = 200;
/** As often as each path is asked for: enough that the heap has grown to what it needs. */
const TURNS = 25;
const CURSOR_PAGES = 25;
/** Of nobody: indexed by nature, by externalId, and by an e-mail address. */
const MISSES = ['userName eq "nobody"', 'externalId eq "nobody"', 'emails.value eq "nobody@example.com"'];

type Round = { manyMb: number | null; fewMb: number | null };

/**
 * P13, the api's part: its resident memory after lists, in a process that served nothing else, for a directory of
 * `size.people` and for one of a thousand. The same requests each time, so that only the directory differs.
 */
export async function measureApiMemory(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const many = await stage.seeded(size.people);
  const few = await stage.seeded(FEW_PEOPLE);
  const rounds = await interleave<Round>(Math.min(size.rounds, MAX_ROUNDS), {
    manyMb: () => memoryAfterLists(stage, many, faults),
    fewMb: () => memoryAfterLists(stage, few, faults),
  });
  const known = rounds.flatMap(({ manyMb, fewMb }) => (manyMb === null || fewMb === null ? [] : [{ manyMb, fewMb }]));
  const id = "P13";
  const name = `RSS of the api after lists, ${size.people} people more than ${FEW_PEOPLE}`;
  if (known.length === 0) return { figures: [{ id, name, ours: "not readable here" }], faults };
  const middle = (value: (round: { manyMb: number; fewMb: number }) => number): number => median(known.map(value));
  const grownMb = middle((round) => round.manyMb - round.fewMb);
  const [manyMb, fewMb] = [middle((round) => round.manyMb), middle((round) => round.fewMb)];
  return {
    figures: [
      {
        id,
        name,
        ours: `${grownMb.toFixed(0)} MB (${manyMb.toFixed(0)} and ${fewMb.toFixed(0)} MB)`,
        judged: grownMb,
        gate: { atMost: 50 },
        goal: { atMost: 20 },
      },
    ],
    faults,
  };
}

async function memoryAfterLists(stage: Stage, directory: SeededDirectory, faults: string[]): Promise<number | null> {
  const api = await stage.startApi();
  const { people, scim, groupId } = directory;
  const starts = [1, Math.ceil(people / 2), Math.max(1, people - PAGE)];
  const paths = [
    ...starts.map((start) => `/Users?startIndex=${start}&count=${PAGE}`),
    ...MISSES.map((filter) => `/Users?filter=${encodeURIComponent(filter)}`),
    `/Users?count=${PAGE}&excludedAttributes=emails,name`,
    // The group of everybody, as identity providers ask for one that is too large to be listed.
    `/Groups/${groupId}?excludedAttributes=members`,
    `/Groups?count=${PAGE}&excludedAttributes=members`,
  ];
  await closedRun(api, {
    what: "GET /Users",
    faults,
    connections: CONNECTIONS,
    limit: { requests: paths.length * TURNS },
    request: (index) => scimRequest(scim, "GET", paths[index % paths.length] ?? ""),
  });
  await walkByCursor({ api }, directory);
  const megabytes = await residentMegabytes(api.pid);
  await api.stop();
  return megabytes;
}

/** Reads pages by cursor (RFC 9865), beginning anew after the last one, where the server offers that. */
async function walkByCursor(stage: Pick<Stage, "api">, { scim }: SeededDirectory): Promise<void> {
  const config = await askScim(stage, scim, { method: "GET", path: "/ServiceProviderConfig" });
  const { pagination } = config;
  if (pagination === undefined || toObject(pagination)["cursor"] !== true) return;
  let cursor = "";
  for (let page = 0; page < CURSOR_PAGES; page += 1) {
    const path = `/Users?count=${PAGE}&cursor=${encodeURIComponent(cursor)}`;
    const { nextCursor } = await askScim(stage, scim, { method: "GET", path });
    cursor = typeof nextCursor === "string" ? nextCursor : "";
  }
}
