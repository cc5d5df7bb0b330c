import { activeBody, addMembersBody, filterPath, groupBody, scimRequest } from "../load/scim-request.ts";
import type { StatementCounter } from "../measure/statement-counter.ts";
import { textOf } from "../stage/admin-client.ts";
import type { Stage } from "../stage/open-stage.ts";
import { askScim } from "../stage/scim-client.ts";
import { type SeededDirectory, seededId, seededUserName } from "../stage/seeded-directory.ts";
import { closedRun } from "./closed-run.ts";
import type { Figure, Measurement, Size } from "./figure.ts";

const BASE_PEOPLE = 10_000;
/** Each request is sent this often, one at a time, to other people each time. */
const REQUESTS = 20;
const FLOODS = 4;
const MEMBERS = [1, 1_000, 10_000];
/** "The same": less than one statement in four requests, which is what runs in the background now and then. */
const SAME = 0.25;

type Request = (index: number) => string;

/**
 * P16 of everything but creates: SQL statements that a request costs. The claim is that neither the size of a directory
 * nor that of a request changes the number.
 */
export async function measureStatementCounts(stage: Stage, size: Size): Promise<Measurement> {
  const { statements } = stage;
  const faults: string[] = [];
  if (statements === null) return { figures: [], faults };
  const sizes = [...new Set([0, Math.min(BASE_PEOPLE, size.people), size.people])];
  const ofPeople = new Map<string, number[]>();
  for (const people of sizes) {
    const directory = await stage.seeded(people);
    const first = await directory.add({ count: REQUESTS + 1, inGroup: false });
    for (const [name, request] of requestsFor(directory, first)) {
      const each = await countEach({ stage, statements, faults }, { name, request, requests: REQUESTS });
      ofPeople.set(name, [...(ofPeople.get(name) ?? []), each]);
    }
  }
  const ofMembers: number[] = [];
  for (const members of MEMBERS)
    ofMembers.push(await countFlood({ stage, statements, faults }, { people: BASE_PEOPLE, members }));
  return {
    figures: [
      ...[...ofPeople].map(([name, each]) => sameFigure(`${name} at ${sizes.join(", ")} people`, each)),
      sameFigure(`PATCH group + ${MEMBERS.join(", ")} members`, ofMembers),
    ],
    faults,
  };
}

/** Everything is asked of people who were added for it, at every size alike, and who join the group and leave in the end. */
function requestsFor({ scim, groupId }: SeededDirectory, first: number): [string, Request][] {
  const id = (index: number): string => seededId(first + index);
  return [
    ["GET by id", (index) => scimRequest(scim, "GET", `/Users/${id(index)}`)],
    ["filter userName eq", (index) => scimRequest(scim, "GET", filterPath(seededUserName(first + index)))],
    ["PATCH active", (index) => scimRequest(scim, "PATCH", `/Users/${id(index)}`, activeBody(false))],
    ["PATCH group + 1", (index) => scimRequest(scim, "PATCH", `/Groups/${groupId}`, addMembersBody([id(index)]))],
    ["DELETE", (index) => scimRequest(scim, "DELETE", `/Users/${id(index)}`)],
  ];
}

type Counting = { stage: Stage; statements: StatementCounter; faults: string[] };

async function countEach(
  { stage, statements, faults }: Counting,
  { name, request, requests }: { name: string; request: Request; requests: number },
): Promise<number> {
  const send = (count: number, from: number): Promise<unknown> =>
    closedRun(stage.api, {
      what: name,
      faults,
      connections: 1,
      limit: { requests: count },
      request: (index) => request(from + index),
    });
  // Credentials are looked up now and then and remembered.
  await send(1, 0);
  await statements.reset();
  await send(requests, 1);
  return (await statements.countRequests()) / requests;
}

async function countFlood(counting: Counting, size: { people: number; members: number }): Promise<number> {
  const { stage } = counting;
  const directory = await stage.seeded(size.people);
  const body = addMembersBody(Array.from({ length: size.members }, (_, index) => seededId(index)));
  const groups: string[] = [];
  for (let index = 0; index <= FLOODS; index += 1) {
    const group = groupBody(`Counted ${Date.now()} ${index}`);
    groups.push(textOf(await askScim(stage, directory.scim, { method: "POST", path: "/Groups", body: group }), "id"));
  }
  const request: Request = (index) => scimRequest(directory.scim, "PATCH", `/Groups/${groups[index] ?? ""}`, body);
  return await countEach(counting, { name: "PATCH /Groups/{id}", request, requests: FLOODS });
}

function sameFigure(what: string, each: readonly number[]): Figure {
  return {
    id: "P16",
    name: `SQL statements per ${what}`,
    ours: each.map((count) => count.toFixed(2).replace(/\.00$/, "")).join(", "),
    judged: Math.max(...each) - Math.min(...each),
    gate: { atMost: SAME },
  };
}
