import { profileOf, type UserAbilities } from "@muster/connectors";
import { beginComparison, putAssignments } from "@muster/provisioning";
import { type Attributes, enterpriseUserUrn, isAttributes, type Json, userUrn } from "@muster/scim";
import { describeWhere } from "@muster/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "../lanes/lane-lab.ts";
import { foreignKinds } from "./foreign-servers.ts";
import { found, type Organisation, type Person, reorganise, returnLeavers } from "./organisation.ts";
import { readServer } from "./read-server.ts";
import { type ForeignServer, startServer } from "./start-server.ts";

/** Somebody as a server with these abilities should show them: what it does not take, it cannot show. */
function expectedOf(person: Person, { takes }: UserAbilities): Record<string, unknown> {
  const { id, userName, active, givenName, familyName, displayName, title, email, department } = person;
  const attributes: Record<string, unknown> = {
    name: [givenName, familyName],
    displayName,
    title,
    emails: [email],
    [enterpriseUserUrn]: department,
  };
  return { externalId: id, userName, active, ...only(attributes, takes) };
}

/** The same of what a server does show. */
function shownOf(user: Attributes, { takes }: UserAbilities): Record<string, unknown> {
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
  return { externalId, userName, active, ...only(attributes, takes) };
}

const only = (attributes: Record<string, unknown>, takes: readonly string[] | null) =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => takes === null || takes.includes(name)));

/** The server has exactly these people and groups, and the engine says so too. */
async function expectAll(lab: LaneLab, server: ForeignServer, profile: string, { people, teams }: Organisation) {
  const { users } = profileOf(profile);
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

async function makeByHand({ baseUrl, token }: ForeignServer, userName: string): Promise<void> {
  const answer = await fetch(`${baseUrl}/Users`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    body: JSON.stringify({ schemas: [userUrn], userName, active: true }),
  });
  expect(answer.status).toBe(201);
}

/** Compares by the product's own means: nothing of ours is different, missing or double. */
async function expectSame(lab: LaneLab, people: number): Promise<void> {
  await beginComparison(lab, lab.owner, lab.connectionId, { policy: "report" });
  await lab.drain();
  const { rows } = await lab.db.pool.query(
    "select state, reason, listed, drifted, missing, orphans, duplicates from comparisons",
  );
  expect(rows).toEqual([
    { state: "done", reason: null, listed: people, drifted: 0, missing: 0, orphans: 0, duplicates: 0 },
  ]);
}

for (const { name, profile, otherCapitals, launch, need } of foreignKinds) {
  describeWhere(need, `H13, X11: ${name}, a server that we did not write`, () => {
    let server: ForeignServer;
    let lab: LaneLab;
    beforeEach(async () => {
      server = await startServer(launch);
      const { address, baseUrl, token } = server;
      lab = await openLaneLab({
        other: { profile, address, baseUrl, auth: { scheme: "bearer", token } },
        settings: { ratePerSecond: null, groups: { mode: "assigned" } },
      });
    });
    afterEach(async () => {
      await lab.close();
      await server.close();
    });

    it("ends equal to what 200 people and 20 groups should be, through changes, leavers and returners", async () => {
      const founded = await found(lab);
      await lab.drain();
      await expectAll(lab, server, profile, founded);

      const reorganised = await reorganise(lab, founded);
      await lab.drain();
      await expectAll(lab, server, profile, reorganised);

      const returned = await returnLeavers(lab, reorganised);
      await lab.drain();
      await expectAll(lab, server, profile, returned);
      await expectSame(lab, returned.people.length);
    });

    it("takes over an account that somebody made there, and tells of one that cannot be found", async () => {
      await makeByHand(server, "Dee@acme.example");
      await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
      const { id } = await lab.createUser({ userName: "dee@acme.example" });
      await lab.drain();

      const { rows } = await lab.db.pool.query("select state, reason from accounts");
      const { users } = await readServer(server);
      const refused = { state: "stopped", reason: expect.stringMatching(/taken|conflict|exists/i) };
      expect(rows).toEqual([otherCapitals === "notFound" ? refused : { state: "synced", reason: null }]);
      const ids = { same: [id], notFound: [null], another: [null, id] };
      expect(users.map(({ externalId }) => externalId || null)).toEqual(ids[otherCapitals]);
    });
  });
}
