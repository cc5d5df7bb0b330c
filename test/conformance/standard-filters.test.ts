import { expect } from "vitest";
import { ENTERPRISE, USER } from "../e2e/clients.ts";
import type { Rig } from "./rig.ts";
import { describeRules, type Rule } from "./rules.ts";

/** The users of this run that pass a filter, by a letter that each has as its nickName. */
async function lettersOf({ find, run }: Rig, filter: string): Promise<string> {
  const answer = await find(`userType eq "${run}" and (${filter})`);
  expect([filter, answer.status, answer.status === 200 ? "" : answer.text]).toEqual([filter, 200, ""]);
  return answer.body.Resources.map((user) => String(user["nickName"]))
    .sort()
    .join("");
}

/** Three people who differ in everything that the rules ask about. */
async function threePeople({ aUser, run }: Rig): Promise<void> {
  const common = { userType: run, active: true };
  await aUser({
    ...common,
    nickName: "a",
    title: "Engineer",
    name: { familyName: "O'Malley", givenName: "Ada" },
    emails: [
      { value: `one.${run}@example.com`, type: "work" },
      { value: `two.${run}@example.org`, type: "home" },
    ],
    [ENTERPRISE]: { department: "Sales", employeeNumber: "10" },
  });
  await aUser({
    ...common,
    nickName: "b",
    title: "engineer in chief",
    active: false,
    emails: [{ value: `three.${run}@example.org`, type: "work" }],
    [ENTERPRISE]: { department: "sales east", employeeNumber: "9" },
  });
  await aUser({ ...common, nickName: "c", externalId: `Ext-${run}` });
}

/** Filters of RFC 7644 section 3.4.2.2 and whom of the three they find. */
const filters: readonly [filter: string, letters: string][] = [
  ['title eq "ENGINEER"', "a"],
  ['title pr and title ne "engineer"', "b"],
  ['title co "GINE"', "ab"],
  ['title sw "engineer"', "ab"],
  ['title ew "Chief"', "b"],
  ["title pr", "ab"],
  ["not (title pr)", "c"],
  ['name.familyName eq "o\'malley"', "a"],
  ['name.familyName co "M"', "a"],
  ["name pr", "a"],
  ["emails pr", "ab"],
  ['emails co "example.org"', "ab"],
  ['emails.value ew "example.com"', "a"],
  ['emails.type eq "work" and emails.value co "example.org"', "ab"],
  ['emails[type eq "work" and value co "example.org"]', "b"],
  ['emails[type eq "work" and not (value co "example.org")]', "a"],
  ['emails[value co "two." or value co "three."]', "ab"],
  ["active eq true", "ac"],
  ["active eq false", "b"],
  ["active ne true", "b"],
  ['title eq "engineer" or nickName eq "c"', "ac"],
  ['nickName eq "a" or nickName eq "b" and active eq true', "a"],
  ['(nickName eq "a" or nickName eq "b") and active eq false', "b"],
  ['nickName eq "a" or not (nickName eq "a" or nickName eq "b")', "ac"],
  ['nickName gt "a"', "bc"],
  ['nickName ge "b" and nickName lt "c"', "b"],
  ['nickName le "a"', "a"],
  [`${ENTERPRISE}:department sw "SALES"`, "ab"],
  [`${ENTERPRISE}:employeeNumber eq "9"`, "b"],
  [`${USER}:title eq "Engineer"`, "a"],
  ['meta.resourceType eq "User"', "abc"],
  ['meta.created gt "2000-01-01T00:00:00Z"', "abc"],
  ['meta.lastModified lt "2000-01-01T00:00:00+01:00"', ""],
  ["externalId pr", "c"],
  ['TITLE CO "GINE" AND NOT (ACTIVE EQ FALSE)', "a"],
];

const rules: readonly Rule[] = [
  [
    "every operator finds whom it should",
    "RFC 7644 section 3.4.2.2",
    async (rig) => {
      await threePeople(rig);
      for (const [filter, letters] of filters)
        expect([filter, await lettersOf(rig, filter)]).toEqual([filter, letters]);
      expect(await lettersOf(rig, `externalId sw "Ext-${rig.run}"`)).toBe("c");
      expect(await lettersOf(rig, `externalId sw "ext-${rig.run}"`)).toBe("");
    },
  ],
  [
    "a bare complex attribute in a filter means its value, with every operator",
    "RFC 7644 section 3.4.2.2",
    async ({ aUser, find, run }) => {
      const user = await aUser({ emails: [{ value: `bare-co-${run}@example.com` }] });
      for (const filter of [
        `emails co "E-CO-${run}"`,
        `emails sw "bare-co-${run}"`,
        `emails eq "BARE-co-${run}@example.com"`,
      ])
        expect([filter, (await find(filter)).body.Resources.map(({ id }) => id)]).toEqual([filter, [user.id]]);
    },
  ],
  [
    "%, _ and \\ are letters like any other",
    "RFC 7644 section 3.4.2.2",
    async ({ aUser, find, run }) => {
      const user = await aUser({ title: `100%_\\ of ${run}` });
      await aUser({ title: `100xy\\ of ${run}` });
      const found = await find(`title co ${JSON.stringify(`0%_\\ of ${run}`)}`);
      expect(found.body.Resources.map(({ id }) => id)).toEqual([user.id]);
    },
  ],
  [
    "an order of what has none is 400 invalidFilter",
    "RFC 7644 section 3.4.2.2",
    async ({ find }) => {
      for (const filter of [
        "active gt true",
        "active ge false",
        "emails[type",
        "title eq engineer",
        "title pr true",
        'userName eq "a" xor userName eq "b"',
        "not userName pr",
      ])
        expect([filter, await find(filter)]).toEqual([
          filter,
          expect.objectContaining({ status: 400, body: expect.objectContaining({ scimType: "invalidFilter" }) }),
        ]);
    },
  ],
  [
    "groups are found by their members and by name",
    "RFC 7644 section 3.4.2.2",
    async ({ aUser, aGroup, find, run }) => {
      const user = await aUser();
      const group = await aGroup({ displayName: `Filter Group ${run}`, members: [{ value: user.id }] });
      await aGroup({ displayName: `Other ${run}` });
      for (const filter of [
        `displayName sw "filter group ${run}"`,
        `members[value eq "${user.id}"]`,
        `members.value eq "${user.id}"`,
      ])
        expect([filter, (await find(filter, "Groups")).body.Resources.map(({ id }) => id)]).toEqual([
          filter,
          [group.id],
        ]);
    },
  ],
];

describeRules("filters by RFC 7644", rules);
