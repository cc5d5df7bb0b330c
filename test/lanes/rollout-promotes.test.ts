import { createGroup } from "@muster/directory";
import { preparePolicy } from "@muster/mapping";
import {
  createConnection,
  type PolicyEdit,
  planConnection,
  promoteRollout,
  putAssignments,
  putRules,
  requireConnection,
  startRollout,
} from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { getPolicy, inTenant } from "@muster/store";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

let lab: LaneLab;
/** Of the same app and directory, edited directly. */
let direct: string;
let groupIds: string[];
let userIds: string[];

beforeAll(async () => {
  lab = await openLaneLab();
  const { owner, connectionId, app, scope } = lab;
  const tried = await inTenant(lab.db, owner.tenantId, (tx) => requireConnection(tx, owner.tenantId, connectionId));
  const auth = app.auth();
  if (auth.scheme === "none") throw new Error("The lab signs in");
  const of = { appId: tried.appId, directoryId: scope.directoryId, name: null, profile: null, settings: {} };
  direct = (await createConnection(lab, owner, { ...of, target: { kind: "scim", baseUrl: app.baseUrl, auth } })).id;
  userIds = [];
  for (const userName of ["ana", "ben", "cyd", "dan", "eve", "fay"])
    userIds.push((await lab.createUser({ userName, attributes: { title: userName < "c" ? "Lead" : "Cook" } })).id);
  groupIds = [];
  for (const [index, displayName] of ["Staff", "Chiefs", "Pilot"].entries()) {
    const group = { displayName, externalId: null, attributes: {} };
    const members = userIds.filter((_, position) => position % 3 <= index);
    groupIds.push((await createGroup(lab, scope, { group, members })).value.record.id);
  }
});
afterAll(() => lab.close());

// By position, since the ids are not there yet.
const group = fc.constantFrom<{ at: number } | { displayName: string }>(
  { at: 0 },
  { at: 1 },
  { displayName: "Pilot" },
  { displayName: "Not there yet" },
);
const named = (one: { at: number } | { displayName: string }) =>
  "at" in one ? { id: groupIds[one.at] ?? "" } : { displayName: one.displayName };
const condition = fc.constantFrom(undefined, 'user.title == "Lead"', '"Staff" in groups');
const edit: fc.Arbitrary<() => PolicyEdit> = fc
  .record({
    everyone: fc.boolean(),
    assigned: fc.uniqueArray(group, { maxLength: 2 }),
    person: fc.constantFrom<string[]>([], ["ben"], ["nobody-yet"]),
    when: condition,
    ends: fc.constantFrom(undefined, "user.title"),
    defaultRole: fc.constantFrom(null, "viewer"),
    precedence: fc.constantFrom("first" as const, "highest" as const, "all" as const),
    rules: fc.array(
      fc.record({
        role: fc.constantFrom("editor", "admin"),
        of: fc.oneof(group, fc.constantFrom({ prefix: "Ch" }, { glob: "*t*" })),
        when: condition,
      }),
      { maxLength: 3 },
    ),
  })
  .map((one) => () => ({
    assignments: {
      everyone: one.everyone,
      groups: one.assigned.map(named),
      people: one.person.map((userName) => ({ userName })),
      ...(one.when === undefined ? {} : { condition: one.when }),
      ...(one.ends === undefined ? {} : { ends: { expression: one.ends } }),
    },
    rules: {
      precedence: one.precedence,
      defaultRole: one.defaultRole,
      rules: one.rules.map(({ role, of, when }) => ({
        role,
        group: "prefix" in of || "glob" in of ? of : named(of),
        ...(when === undefined ? {} : { condition: when }),
      })),
    },
  }));
const part = fc.constantFrom<(keyof PolicyEdit)[]>(["assignments"], ["rules"], ["assignments", "rules"]);

const policyOf = async (connectionId: string) => {
  const { tenantId, workspaceId } = lab.owner;
  return await inTenant(lab.db, tenantId, (tx) => getPolicy(tx, tenantId, connectionId), workspaceId);
};
async function save(connectionId: string, { assignments, rules }: PolicyEdit): Promise<void> {
  if (assignments !== undefined) await putAssignments(lab, lab.owner, connectionId, assignments);
  if (rules !== undefined) await putRules(lab, lab.owner, connectionId, rules);
}
const plan = () =>
  planConnection({ db: lab.db, clock: systemClock, prepare: preparePolicy }, lab.owner, lab.connectionId, {
    names: 10,
    ifOpen: true,
  });
const start = (proposed: PolicyEdit, whom: { userIds: string[]; groupIds: string[] }) =>
  startRollout({ db: lab.db, prepare: preparePolicy }, lab.owner, lab.connectionId, {
    proposed,
    whom: { people: whom.userIds.map((id) => ({ id })), groups: whom.groupIds.map((id) => ({ id })) },
  });
const promote = () => promoteRollout(lab, lab.owner, lab.connectionId);

describe("X19: promoting", () => {
  it("the current policy changes nothing for anybody while it is tried out, and any other is what a direct edit makes", async () => {
    await fc.assert(
      fc.asyncProperty(edit, edit, part, fc.boolean(), async (before, after, parts, byGroup) => {
        const was = before();
        await save(lab.connectionId, was);
        await save(direct, was);
        const whom = { userIds: userIds.slice(0, 2), groupIds: byGroup ? groupIds.slice(2) : [] };

        const without = await plan();
        await start(was, whom);
        const whileSame = await plan();
        await promote();
        expect(whileSame).toEqual(without);
        expect(await policyOf(lab.connectionId)).toEqual(await policyOf(direct));

        const whole = after();
        const becomes = Object.fromEntries(parts.map((one) => [one, whole[one]])) as PolicyEdit;
        await start(becomes, whom);
        const { rollout, ...standing } = await policyOf(lab.connectionId);
        const { rollout: _none, ...kept } = await policyOf(direct);
        await save(direct, becomes);
        const edited = await policyOf(direct);
        expect(standing).toEqual(kept);
        expect(edited).toMatchObject(rollout?.policy ?? { none: true });
        await promote();
        expect(await policyOf(lab.connectionId)).toEqual(edited);
      }),
      { numRuns: 15 },
    );
  });
});
