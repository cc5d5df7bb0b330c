import { changeGroup, changeUser, createGroup, deleteUser } from "@muster/directory";
import { beginComparison, editConnection, putAssignments } from "@muster/provisioning";
import { type Attributes, enterpriseUserUrn } from "@muster/scim";
import { inTenant, listAccounts } from "@muster/store";
import { afterEach, describe, expect, it } from "vitest";
import { type LaneLab, type OtherApp, openLaneLab } from "./lane-lab.ts";
import type { StrictApp } from "./strict-apps/serve-strict.ts";
import { jumpCloudAuth, startJumpCloudApp } from "./strict-apps/start-jumpcloud-app.ts";
import { type Scim1Options, scim1Auth, startScim1App } from "./strict-apps/start-scim1-app.ts";

const ORGANIZATION = "5f0000000000000000000abc";
const OLD_ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0";

/** What a test can see of an app, whatever its words are. */
type Stage = {
  app: StrictApp;
  other: OtherApp;
  /** Names to what is shown of each. */
  people(): Record<string, { displayName: unknown; active: boolean; department: unknown; ours: boolean }>;
  /** Names to how many are in each. */
  groups(): Record<string, number>;
  addUser(userName: string): void;
};

async function scim1(options: Scim1Options): Promise<Stage> {
  const app = await startScim1App(options);
  return {
    app,
    other: { kind: "scim1", profile: null, address: app.address, baseUrl: app.baseUrl, auth: scim1Auth },
    people: () =>
      Object.fromEntries(
        [...app.users.values()].map((user) => {
          const worker = user[OLD_ENTERPRISE] as Attributes | undefined;
          const { displayName, externalId } = user;
          const department = worker?.["department"];
          const ours = typeof externalId === "string";
          return [user["userName"], { displayName, active: user["active"] === true, department, ours }];
        }),
      ),
    groups: () =>
      Object.fromEntries(
        [...app.groups.values()].map(({ displayName, members = [] }) => [displayName, (members as unknown[]).length]),
      ),
    addUser: app.addUser,
  };
}

async function jumpCloud(): Promise<Stage> {
  const app = await startJumpCloudApp({ organization: ORGANIZATION });
  const target = { kind: "jumpcloud", options: { organizationId: ORGANIZATION }, auth: jumpCloudAuth };
  return {
    app,
    other: { ...target, profile: "jumpcloud-directory", address: app.address, baseUrl: app.baseUrl },
    people: () =>
      Object.fromEntries(
        [...app.users.values()].map(({ username, displayname, suspended, department, attributes = [] }) => {
          const ours = (attributes as { name: string }[]).some(({ name }) => name === "externalId");
          return [username, { displayName: displayname, active: suspended === false, department, ours }];
        }),
      ),
    groups: () => Object.fromEntries([...app.groups.values()].map(({ name, members }) => [name, members.size])),
    addUser: (username) => app.addUser(username, { attributes: [{ name: "badge", value: "9" }] }),
  };
}

let stage: Stage;
let lab: LaneLab;

async function open(started: Stage): Promise<void> {
  stage = started;
  lab = await openLaneLab({
    other: started.other,
    settings: { ratePerSecond: null, groups: { mode: "assigned" } },
  });
}

afterEach(async () => {
  await lab.close();
  await stage.app.close();
});

const person = async (userName: string): Promise<string> => {
  const attributes = {
    displayName: userName,
    name: { givenName: userName, familyName: "Test" },
    title: "Clerk",
    emails: [{ value: `${userName}@acme.example`, type: "work", primary: true }],
    [enterpriseUserUrn]: { department: "Sales", employeeNumber: `n-${userName}` },
  };
  return (await lab.createUser({ userName, attributes })).id;
};
const change = (id: string, change: { active?: boolean; userName?: string; attributes?: Attributes }) =>
  changeUser(lab, lab.scope, { id, expected: null }, (user) => {
    const { attributes = {}, ...core } = change;
    return { user: { ...user, ...core, attributes: { ...user.attributes, ...attributes } }, changed: true };
  });

/** Compares everybody with the app's whole list. */
async function expectSame(): Promise<void> {
  await beginComparison(lab, lab.owner, lab.connectionId, { policy: "report" });
  await lab.drain();
  const rows = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("comparisons").select(["state", "reason", "listed", "drifted", "missing"])),
  );
  const listed = Object.keys(stage.people()).length;
  expect(rows).toEqual([{ state: "done", reason: null, listed, drifted: 0, missing: 0 }]);
}

/** An account as the list of a connection's accounts has it. */
async function rowOf(userId: string) {
  const { connectionId } = lab;
  const [row] = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
    listAccounts(tx, lab.owner.tenantId, { connectionId, userId, limit: 1 }),
  );
  return row === undefined ? undefined : { state: row.state, reason: row.reason };
}

/** People come, are renamed, lose an attribute, leave, return and are deleted; one had an account already. */
async function movePeople(): Promise<{ ada: string }> {
  const there = (displayName: string, active = true) => ({ displayName, active, department: "Sales", ours: true });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  stage.addUser("dee");
  const [ada, bob, cyd] = [await person("ada"), await person("bob"), await person("cyd")];
  await person("dee");
  await lab.drain();
  const first = stage.people();
  await change(ada, {
    userName: "ada.l",
    attributes: { displayName: "Ada L", title: null, [enterpriseUserUrn]: { employeeNumber: "n-ada" } },
  });
  await lab.drain();
  const renamed = stage.people();
  await change(bob, { active: false });
  await lab.drain();
  const left = stage.people()["bob"];
  await change(bob, { active: true });
  await lab.drain();
  const back = stage.people()["bob"];
  await editConnection(lab, lab.owner, lab.connectionId, { settings: { onLeave: "delete" } });
  await deleteUser(lab, lab.scope, { id: cyd, expected: null });
  await lab.drain();

  expect(first).toEqual({ ada: there("ada"), bob: there("bob"), cyd: there("cyd"), dee: there("dee") });
  expect(renamed["ada.l"]).toMatchObject({ displayName: "Ada L", active: true, ours: true });
  expect([undefined, ""]).toContain(renamed["ada.l"]?.department);
  expect([left?.active, back?.active, "cyd" in stage.people()]).toEqual([false, true, false]);
  return { ada };
}

/** A group comes with more members than a request may have, is renamed, loses and gains somebody, and goes. */
async function moveGroup(size: number): Promise<void> {
  const members: string[] = [];
  for (let count = 0; count < size; count += 1) members.push(await person(`p${count}`));
  const [late = ""] = members.splice(0, 1);
  const state = { displayName: "Staff", externalId: null, attributes: {} };
  const { id } = (await createGroup(lab, lab.scope, { group: state, members })).value.record;
  const assign = (groups: { id: string }[]) =>
    putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups });
  await assign([{ id }]);
  await lab.drain();
  const first = stage.groups();
  await changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
    group: { ...current, displayName: "Crew" },
    changed: true,
    members: { replaceAll: false, add: [late], remove: members.slice(0, 2) },
  }));
  await lab.drain();
  const changed = stage.groups();
  await assign([]);
  await lab.drain();

  expect([first, changed, stage.groups()]).toEqual([{ Staff: size - 1 }, { Crew: size - 2 }, {}]);
}

const methodsOf = (path: string): string[] => [
  ...new Set(stage.app.ledger.filter((entry) => entry.path.includes(path)).map(({ method }) => method)),
];

describe("H8: an app that speaks SCIM 1.1", () => {
  it("H8: people and groups go through a life by PATCH, and nothing of 2.0 is ever asked", async () => {
    await open(await scim1({ mostMembers: 3 }));

    await movePeople();
    await expectSame();
    expect(stage.app.refused).toEqual([expect.stringContaining("409 userName is taken")]);
    await moveGroup(6);

    expect(stage.app.refused.splice(1)).toEqual([expect.stringContaining("413 too large")]);
    expect(methodsOf("/Users/").toSorted()).toEqual(["DELETE", "GET", "PATCH"]);
    expect(methodsOf("/Groups/").toSorted()).toEqual(["DELETE", "PATCH"]);
  });

  it("H8: where PATCH is not announced, everything goes by PUT", async () => {
    await open(await scim1({ patch: false, silent: true }));

    await movePeople();
    await expectSame();
    await moveGroup(4);

    expect(stage.app.refused).toEqual([expect.stringContaining("409 userName is taken")]);
    expect(stage.app.ledger.filter(({ method }) => method === "PATCH")).toEqual([]);
    expect(methodsOf("/Groups/").toSorted()).toEqual(["DELETE", "GET", "PUT"]);
  });
});

describe("SA27: JumpCloud by its directory API", () => {
  it("SA27, SA28, SB10, SB15: people and groups go through a life, and nothing that it does not take is ever asked", async () => {
    await open(await jumpCloud());

    const { ada } = await movePeople();
    await expectSame();
    expect(await rowOf(ada)).toEqual({ state: "synced", reason: expect.stringMatching(/^Password pending until/) });
    expect(stage.app.refused).toEqual([expect.stringContaining("409 username already exists")]);
    await moveGroup(22);

    expect(stage.app.refused.splice(1)).toEqual([]);
    expect(methodsOf("/systemusers/").toSorted()).toEqual(["DELETE", "GET", "PUT"]);
  });

  it("SB8, SB25: what others keep there stays; who has a password waits for nothing, and who is suspended there by hand is let in again", async () => {
    const app = await startJumpCloudApp();
    const { address, baseUrl } = app;
    const other = { kind: "jumpcloud", profile: null, address, baseUrl, auth: jumpCloudAuth };
    await open({ app, other, people: () => ({}), groups: () => ({}), addUser: app.addUser });
    app.addUser("dee", { attributes: [{ name: "badge", value: "9" }], employeeType: "intern" });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
    const dee = await person("dee");
    await lab.drain();
    const adopted = [...app.users.values()][0];
    app.edit("dee", { suspended: true });
    await beginComparison(lab, lab.owner, lab.connectionId, { policy: "repair" });
    await lab.drain();

    expect(adopted).toMatchObject({
      employeeType: "intern",
      attributes: [
        { name: "badge", value: "9" },
        { name: "externalId", value: dee },
      ],
    });
    expect([...app.users.values()][0]).toMatchObject({ suspended: false });
    expect(await rowOf(dee)).toEqual({ state: "synced", reason: null });
  });
});
