import { isDeepStrictEqual } from "node:util";
import { changeGroup, changeUser, createGroup, deleteGroup, deleteUser } from "@muster/directory";
import { putAssignments } from "@muster/provisioning";
import { type Attributes, enterpriseUserUrn, type UserState } from "@muster/scim";
import type { LaneLab } from "../lanes/lane-lab.ts";

/** Somebody as the organisation wants them, said apart from what the engine makes of it. */
export type Person = {
  id: string;
  userName: string;
  active: boolean;
  givenName: string;
  familyName: string;
  displayName: string;
  title: string | null;
  email: string;
  department: string | null;
};
export type Team = { id: string; displayName: string; members: Person[] };

/** An organisation of 200 people in 20 groups of 30, whose directory is the lab's. */
export type Organisation = { people: Person[]; teams: Team[] };

const PEOPLE = 200;
const TEAMS = 20;
const TEAM_SIZE = 30;

const attributesOf = ({ givenName, familyName, displayName, title, email, department }: Person): Attributes => ({
  name: { givenName, familyName },
  displayName,
  ...(title === null ? {} : { title }),
  emails: [{ value: email, type: "work", primary: true }],
  ...(department === null ? {} : { [enterpriseUserUrn]: { department } }),
});

/** Hires everybody, makes the groups and assigns all of it to the lab's connection. */
export async function found(lab: LaneLab): Promise<Organisation> {
  const people = await Promise.all(
    Array.from({ length: PEOPLE }, async (_, index) => {
      const userName = `person.${String(index).padStart(3, "0")}@acme.example`;
      const person: Person = {
        id: "",
        userName,
        active: true,
        givenName: `Given${index}`,
        familyName: `O'Neil-Ünal ${index}`,
        displayName: `Person ${index}`,
        title: "Clerk",
        email: userName,
        department: index % 2 === 0 ? "Sales" : null,
      };
      return { ...person, id: (await lab.createUser({ userName, attributes: attributesOf(person) })).id };
    }),
  );
  const teams: Team[] = [];
  for (let index = 0; index < TEAMS; index += 1) {
    const displayName = `Team ${String(index).padStart(2, "0")}`;
    // The last one can be dissolved at once: the guard holds what takes more than 20 people out.
    const length = index === TEAMS - 1 ? 15 : TEAM_SIZE;
    const members = Array.from({ length }, (_, place) => people[(index * 7 + place) % PEOPLE]).flatMap(
      (member) => member ?? [],
    );
    const group = { displayName, externalId: null, attributes: {} };
    const { value } = await createGroup(lab, lab.scope, { group, members: members.map(({ id }) => id) });
    teams.push({ id: value.record.id, displayName, members });
  }
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: teams.map(({ id }) => ({ id })) });
  return { people, teams };
}

/** People are promoted, renamed and moved, leave and come back for a while; groups are renamed, change and are dissolved. */
export async function reorganise(lab: LaneLab, { people, teams }: Organisation): Promise<Organisation> {
  const changed = people.map((person, index): Person => {
    const part = index % 10;
    if (part === 1) return { ...person, displayName: `${person.displayName} PhD`, title: null };
    if (part === 2) return { ...person, userName: `renamed.${person.userName}`, familyName: "Meyer" };
    if (part === 3) return { ...person, email: `new.${person.email}`, department: "Support" };
    if (part === 4) return { ...person, department: null, title: "Head" };
    if (part === 5 && index < 150) return { ...person, active: false };
    return { ...person };
  });
  await writeAll(lab, changed, people);
  // Somebody whom the directory deletes keeps an account, which is inactive and in no group.
  const left = changed.filter((_, index) => index % 40 === 6);
  for (const gone of left) {
    await deleteUser(lab, lab.scope, { id: gone.id, expected: null });
    gone.active = false;
  }
  const byId = new Map(changed.map((one) => [one.id, one]));
  const moved = teams.map((team, index): Team => {
    const members = team.members.flatMap(({ id }) => byId.get(id) ?? []);
    const joins = index % 4 === 0 ? changed.slice(-5).filter((one) => !members.includes(one)) : [];
    const displayName = index % 5 === 0 ? `${team.displayName} (new)` : team.displayName;
    const stays = (index % 3 === 0 ? members.slice(6) : members).filter((one) => !left.includes(one));
    return { ...team, displayName, members: [...stays, ...joins] };
  });
  for (const team of moved.slice(0, -1))
    await regroup(
      lab,
      team,
      teams.find(({ id }) => id === team.id),
    );
  for (const dissolved of moved.slice(-1)) await deleteGroup(lab, lab.scope, { id: dissolved.id, expected: null });
  return { people: changed, teams: moved.slice(0, -1) };
}

/** Whoever had left is back, and has a title of their own. */
export async function returnLeavers(lab: LaneLab, { people, teams }: Organisation): Promise<Organisation> {
  const back = people.map(
    (person, index): Person =>
      index % 10 === 5 && !person.active ? { ...person, active: true, title: "Returner" } : person,
  );
  await writeAll(lab, back, people);
  const byId = new Map(back.map((one) => [one.id, one]));
  return {
    people: back,
    teams: teams.map((team) => ({ ...team, members: team.members.flatMap(({ id }) => byId.get(id) ?? []) })),
  };
}

async function writeAll(lab: LaneLab, people: readonly Person[], before: readonly Person[]): Promise<void> {
  const changed = people.filter((person, index) => !isDeepStrictEqual(person, before[index]));
  await Promise.all(changed.map((person) => write(lab, person)));
}

async function write(lab: LaneLab, person: Person): Promise<void> {
  const { id, userName, active } = person;
  await changeUser(lab, lab.scope, { id, expected: null }, (user): { user: UserState; changed: boolean } => ({
    user: { ...user, userName, active, attributes: attributesOf(person) },
    changed: true,
  }));
}

async function regroup(lab: LaneLab, { id, displayName, members }: Team, before: Team | undefined): Promise<void> {
  const had = new Set(before?.members.map((one) => one.id));
  const has = new Set(members.map((one) => one.id));
  await changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
    group: { ...current, displayName },
    changed: displayName !== current.displayName,
    members: {
      replaceAll: false,
      add: [...has].filter((one) => !had.has(one)),
      remove: [...had].filter((one) => !has.has(one)),
    },
  }));
}
