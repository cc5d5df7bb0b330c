import type { TargetProfile, UserAbilities } from "@muster/connectors";
import { type Attributes, enterpriseUserUrn, isAttributes, type Json } from "@muster/scim";
import { expect } from "vitest";
import type { LaneLab } from "../lanes/lane-lab.ts";
import type { Organisation, Person } from "./organisation.ts";
import { readServer } from "./read-server.ts";
import type { ForeignServer } from "./start-server.ts";

/** Somebody as a server with these abilities should show them: what it does not take, it cannot show. */
function expectedOf(person: Person, abilities: UserAbilities): Record<string, unknown> {
  const { id, userName, active, givenName, familyName, displayName, title, email, department } = person;
  const attributes: Record<string, unknown> = {
    name: [givenName, familyName],
    displayName,
    title,
    emails: [email],
    [enterpriseUserUrn]: department,
  };
  return { externalId: id, userName, active, ...only(attributes, abilities) };
}

/** The same of what a server does show. */
function shownOf(user: Attributes, abilities: UserAbilities): Record<string, unknown> {
  const part = (value: Json | undefined, name: string): Json =>
    (isAttributes(value ?? null) ? (value as Attributes)[name] : null) ?? null;
  const { externalId, userName, active, name, displayName = null, title = null, emails } = user;
  const attributes: Record<string, unknown> = {
    name: [part(name, "givenName"), part(name, "familyName")],
    displayName,
    title,
    emails: Array.isArray(emails) ? emails.map((email) => part(email, "value")) : [],
    [enterpriseUserUrn]: part(user[enterpriseUserUrn], "department"),
  };
  return { externalId, userName, active, ...only(attributes, abilities) };
}

const only = (attributes: Record<string, unknown>, { takes, drops }: UserAbilities) =>
  Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !drops.includes(name) && (takes === null || takes.includes(name))),
  );

/** The server has exactly these people and groups, and the engine says so too. */
export async function expectAll(
  lab: LaneLab,
  server: ForeignServer,
  { users }: TargetProfile,
  { people, teams }: Organisation,
): Promise<void> {
  const state = await readServer(server);
  const byName = (one: Record<string, unknown>, other: Record<string, unknown>) =>
    String(one["userName"]) < String(other["userName"]) ? -1 : 1;

  expect(state.users.map((user) => shownOf(user, users)).toSorted(byName)).toEqual(
    people.map((person) => expectedOf(person, users)).toSorted(byName),
  );
  expect(state.groups.toSorted((one, other) => (one.displayName < other.displayName ? -1 : 1))).toEqual(
    teams.map(({ id, displayName, members }) => ({
      displayName,
      externalId: id,
      members: members.map(({ userName }) => userName).toSorted(),
    })),
  );
  const { rows } = await lab.db.pool.query(
    "select state, count(*)::int from accounts group by 1 union all select 'group ' || state, count(*)::int from remote_groups group by 1",
  );
  expect(Object.fromEntries(rows.map(({ state: name, count }) => [name, count]))).toEqual({
    synced: people.length,
    "group synced": teams.length,
  });
}
