import { addMembersBody, groupBody, scimRequest } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { textOf } from "../stage/admin-client.ts";
import { putRules } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import { askScim } from "../stage/scim-client.ts";
import { seededId } from "../stage/seeded-directory.ts";
import { type ClosedRun, closedRun, showCpu, showRate, showRuns } from "./closed-run.ts";
import type { Measurement, Size } from "./figure.ts";

const CONNECTIONS = 16;
const SMALL_GROUP = 10;
/** By number and not by time: who is added was never a member, and the small group must stay one. */
const ADDS_A_CELL = 200;

type Round = { large: ClosedRun; small: ClosedRun };

/**
 * P7: `PATCH` that adds one member, from 16 connections to one and the same group, whose members are everybody, against a
 * group of ten. Every one must succeed: a client that is told 409 for our own races tries again or gives up.
 */
export async function measureGroupAdds(stage: Stage, size: Size): Promise<Measurement> {
  const faults: string[] = [];
  const directory = await stage.seeded(size.people);
  const { scim, groupId } = directory;
  const smallGroups: string[] = [];
  for (let round = 0; round < size.rounds; round += 1) {
    const members = Array.from({ length: SMALL_GROUP }, (_, index) => seededId(index));
    const body = groupBody(`Ten ${Date.now()} ${round}`, members);
    smallGroups.push(textOf(await askScim(stage, scim, { method: "POST", path: "/Groups", body }), "id"));
  }
  // Both decide roles, so that whoever joins has an account to be looked at.
  await putRules(stage.admin, directory.connectionId, [groupId, ...smallGroups]);
  const addTo = async (group: string): Promise<ClosedRun> => {
    // Others each time, so that every one is new to both groups.
    const first = await directory.add({ count: ADDS_A_CELL, inGroup: false });
    return await closedRun(stage.api, {
      what: "PATCH /Groups/{id}",
      faults,
      connections: CONNECTIONS,
      limit: { requests: ADDS_A_CELL },
      request: (index) => scimRequest(scim, "PATCH", `/Groups/${group}`, addMembersBody([seededId(first + index)])),
    });
  };
  await addTo(groupId);
  const rounds = await interleave<Round>(size.rounds, {
    large: () => addTo(groupId),
    small: () => addTo(smallGroups.shift() ?? groupId),
  });
  const large = rounds.map((round) => round.large);
  const small = rounds.map((round) => round.small);
  const cpu = showCpu(large);
  return {
    figures: [
      {
        id: "P7",
        name: `PATCH group + 1 member, group of ${size.people}, ${CONNECTIONS} connections`,
        ours: showRuns(large),
        against: `group of ${SMALL_GROUP} ${showRate(small)}`,
        judged: median(rounds.map((round) => round.large.perSecond / round.small.perSecond)),
        gate: { atLeast: 0.8 },
        goal: { atLeast: 0.95 },
      },
      ...(cpu === undefined ? [] : [{ id: "P7", name: "Node CPU per PATCH + 1 member", ours: cpu }]),
    ],
    faults,
  };
}
