import { changeGroup, createGroup, deleteUser, makeChangeUser } from "@muster/directory";
import {
  connectionStatus,
  getManualRoles,
  putAssignments,
  putLockoutGuard,
  putManualRoles,
  putRules,
  type RulesInput,
} from "@muster/provisioning";
import { inTenant, listAccounts, listNotices } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
});
afterEach(() => lab.close());

const person = async (userName: string, attributes = {}): Promise<string> =>
  (await lab.createUser({ userName, externalId: userName, attributes })).id;
const group = async (displayName: string, members: readonly string[]): Promise<string> => {
  const made = await createGroup(lab, lab.scope, { group: { displayName, externalId: null, attributes: {} }, members });
  return made.value.record.id;
};
const move = (id: string, members: { add?: string[]; remove?: string[] }) =>
  changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
    group: current,
    changed: false,
    members: { replaceAll: false, add: [], remove: [], ...members },
  }));
const deactivate = (id: string) =>
  makeChangeUser(lab)(lab.scope, { id, expected: null }, (user) => ({
    user: { ...user, active: false },
    changed: true,
  }));
const rule = (input: Partial<RulesInput>) =>
  putRules(lab, lab.owner, lab.connectionId, { precedence: "all", defaultRole: null, rules: [], ...input });
const protect = (people: string[], roles: string[] = []) =>
  putLockoutGuard(lab, lab.owner, lab.connectionId, { people: people.map((id) => ({ id })), roles });
const drained = async (): Promise<Record<string, string>> => {
  await lab.drain();
  return peopleIn(lab.app);
};
const reasonOf = async (userName: string): Promise<string | null> => {
  const query = { connectionId: lab.connectionId, userName, limit: 1 };
  const [account] = await inTenant(lab.db, lab.owner.tenantId, (tx) => listAccounts(tx, lab.owner.tenantId, query));
  return account?.state === "held" ? account.reason : null;
};
const notices = async (): Promise<string[]> =>
  (
    await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      listNotices(tx, lab.owner.tenantId, { before: undefined, limit: 9 }),
    )
  )
    .filter(({ kind }) => kind === "lockout.kept")
    .map(({ message }) => message);

describe("X9: the last holder of a protected role", () => {
  it("is kept when deactivated, with a reason and a notice, and goes by themselves when somebody else has the role", async () => {
    const [ana, ben] = [await person("ana"), await person("ben")];
    const admins = await group("Admins", [ana]);
    await rule({ rules: [{ group: { id: admins }, role: "admin" }], defaultRole: "viewer" });
    await protect([], ["admin"]);
    await lab.drain();
    await deactivate(ana);
    const kept = await drained();
    const [reason, told, status] = [
      await reasonOf("ana"),
      await notices(),
      await connectionStatus(lab, lab.owner, lab.connectionId),
    ];
    await move(admins, { add: [ben] });

    expect(kept).toEqual({ ana: "active admin", ben: "active viewer" });
    expect(reason).toContain('nobody else active has the protected role "admin", and would lose access');
    expect(told).toEqual([expect.stringContaining("Give the role to somebody else")]);
    expect(status).toMatchObject({ settled: true, accounts: { held: 1 }, held: { removal: 0, approval: 0, other: 1 } });
    expect(await drained()).toEqual({ ana: "inactive admin", ben: "active admin" });
    expect([await reasonOf("ana"), await notices()]).toEqual([null, []]);
  });

  it("is kept when deleted, unassigned or demoted, until somebody lifts the protection", async () => {
    const ana = await person("ana");
    const admins = await group("Admins", [ana]);
    await rule({ rules: [{ group: { id: admins }, role: "admin" }], defaultRole: "viewer" });
    await protect([], ["admin"]);
    await lab.drain();
    await move(admins, { remove: [ana] });
    const demoted = await drained();
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [] });
    const unassigned = await drained();
    await deleteUser(lab, lab.scope, { id: ana, expected: null });
    const deleted = await drained();
    await protect([]);

    expect([demoted, unassigned, deleted]).toEqual(Array(3).fill({ ana: "active admin" }));
    expect(await drained()).toEqual({ ana: "inactive admin" });
    expect(await notices()).toEqual([]);
  });

  it("of many who all go at once exactly one stays", async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => person(`user-${index}`)));
    const admins = await group("Admins", ids);
    await rule({ rules: [{ group: { id: admins }, role: "admin" }] });
    await protect([], ["admin"]);
    await lab.drain();
    await Promise.all(ids.map(deactivate));
    await lab.drain();

    expect(lab.app.counts().activeUsers).toBe(1);
  });

  it("other changes of whoever is kept go out", async () => {
    const ana = await person("ana");
    await rule({ rules: [{ role: "admin", condition: 'user.title != "Guest"' }] });
    await protect([], ["admin"]);
    await lab.drain();
    await makeChangeUser(lab)(lab.scope, { id: ana, expected: null }, (user) => ({
      user: { ...user, userName: "anna", attributes: { title: "Guest" } },
      changed: true,
    }));

    expect(await drained()).toEqual({ anna: "active admin" });
    expect(await reasonOf("anna")).toContain('would lose "admin"');
  });
});

describe("X9: people who are protected by name", () => {
  it("are never made inactive or demoted by us, however that comes, and others are", async () => {
    const [ana, ben] = [await person("ana", { title: "x" }), await person("ben", { title: "x" })];
    await rule({ rules: [{ role: "editor", condition: 'user.title == "x"' }] });
    await protect([ana]);
    await lab.drain();
    await rule({ rules: [] });
    const demoted = await drained();
    await Promise.all([deactivate(ana), deactivate(ben)]);

    expect(demoted).toEqual({ ana: "active editor", ben: "active" });
    expect(await drained()).toEqual({ ana: "active editor", ben: "inactive" });
    expect(await reasonOf("ana")).toContain("this person is protected, and would lose access");
  });

  it("must be there, and protected roles must be the app's", async () => {
    const nobody = "018f7f6a-1c00-7000-8000-000000000006";

    await expect(protect([nobody])).rejects.toThrow(`has no person ${nobody}`);
    await expect(protect([], ["root"])).rejects.toThrow('The app has no role "root": it has viewer, editor, admin');
  });
});

describe("F7: roles by hand", () => {
  const set = (userId: string, roles: { grant?: string[]; remove?: string[] }) =>
    putManualRoles(lab, lab.owner, { connectionId: lab.connectionId, userId }, { grant: [], remove: [], ...roles });

  it("are refused by name while roles are locked", async () => {
    const ana = await person("ana");

    await expect(set(ana, { grant: ["admin"] })).rejects.toThrow(`Roles of connection ${lab.connectionId} are locked`);
  });

  it("are given, taken and taken back, kept and audited, and count only while they may be edited", async () => {
    const ana = await person("ana");
    const rules = [{ role: "editor", condition: "true" }];
    await rule({ rules, manualRoles: "editable" });
    await lab.drain();
    await set(ana, { grant: ["admin"], remove: ["editor"] });
    const given = await drained();
    const kept = await getManualRoles(lab, lab.owner, { connectionId: lab.connectionId, userId: ana });
    await rule({ rules, manualRoles: "locked" });
    const locked = await drained();
    await rule({ rules, manualRoles: "editable" });
    const again = await drained();
    await set(ana, {});
    const audited = await lab.db.pool.query("select actor, target from audit where action = 'account.roles'");

    expect([given, locked, again]).toEqual([
      { ana: "active admin" },
      { ana: "active editor" },
      { ana: "active admin" },
    ]);
    expect(kept).toMatchObject([
      { role: "admin", effect: "grant", actor: "test" },
      { role: "editor", effect: "remove", actor: "test" },
    ]);
    expect(await drained()).toEqual({ ana: "active editor" });
    expect(audited.rows).toEqual(Array(2).fill({ actor: "test", target: ana }));
  });

  it("are the app's roles, and not both given and taken", async () => {
    const ana = await person("ana");
    await rule({ manualRoles: "editable" });

    await expect(set(ana, { grant: ["root"] })).rejects.toThrow('The app has no role "root"');
    await expect(set(ana, { grant: ["admin"], remove: ["admin"] })).rejects.toThrow(
      'Role "admin" is both in grant and in remove',
    );
  });
});

describe("F8: roles that the person's source sends", () => {
  it("V34: give nothing until the connection's rules say so, and then only what the app declared", async () => {
    await person("ana", { roles: [{ value: "admin" }, { value: "root" }] });
    await person("ben", { roles: [{ value: '{"id":"1","value":"editor","displayName":"Editors"}' }] });
    const ignored = await drained();
    await rule({ personRoles: "declared", defaultRole: "viewer" });

    expect(ignored).toEqual({ ana: "active", ben: "active" });
    expect(await drained()).toEqual({ ana: "active admin", ben: "active editor" });
  });
});
