import { changeUser, deleteUser } from "@muster/directory";
import { editConnection, putAppMapping, putAssignments, putMapping, requireConnection } from "@muster/provisioning";
import type { Attributes } from "@muster/scim";
import { inTenant, listAccounts } from "@muster/store";
import { afterEach, describe, expect, it } from "vitest";
import { type GroupLab, openGroupLab } from "./group-lab.ts";
import type { LaneLab } from "./lane-lab.ts";

let lab: GroupLab;
afterEach(() => lab.close());

type Row = Parameters<typeof putMapping>[3] extends readonly (infer Each)[] | null ? Each : never;

const USER_NAME: Row = { target: "userName", expression: "user.userName" };

async function open(...rows: Row[]): Promise<void> {
  lab = await openGroupLab({ groups: { mode: "none" } });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await map(...rows);
}

async function map(...rows: Row[]): Promise<void> {
  const named = rows.some(({ target }) => target === "userName") ? rows : [USER_NAME, ...rows];
  const outcome = await putMapping(lab, lab.owner, lab.connectionId, named);
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.problems));
  await lab.drain();
}

async function arrive(userName: string, attributes: Attributes = {}): Promise<string> {
  const { id } = await lab.createUser({ userName, attributes });
  await lab.drain();
  return id;
}

async function change(id: string, changes: { active?: boolean; attributes?: Attributes }): Promise<void> {
  await changeUser(lab, lab.scope, { id, expected: null }, (user) => ({
    user: { ...user, ...changes },
    changed: true,
  }));
  await lab.drain();
}

const accountsOf = (one: LaneLab) =>
  inTenant(one.db, one.owner.tenantId, (tx) =>
    listAccounts(tx, one.owner.tenantId, { connectionId: one.connectionId, limit: 100 }),
  );
const writes = (): string[] =>
  lab.app
    .ledger()
    .map(({ method }) => method)
    .filter((method) => method !== "GET");
const inApp = (userName: string): Attributes => (lab.app.user(userName)?.raw ?? {}) as Attributes;

describe("a mapping in the engine", () => {
  it("E7, SB16: sends nothing for somebody without a required value, says who, what and how to mend it, and goes on when it is there", async () => {
    await open({ target: "title", expression: "user.title", required: true });
    const ada = await arrive("ada");
    const [before] = await accountsOf(lab);
    const sent = lab.app.ledger();
    await change(ada, { attributes: { title: "Analyst" } });

    expect(before).toMatchObject({ state: "stopped", nextAttemptAt: null });
    expect(before?.reason).toMatch(/^Nothing is sent for ada: title: is required.*default/);
    expect(sent).toEqual([]);
    expect(inApp("ada")).toMatchObject({ title: "Analyst", active: true });
    expect(await accountsOf(lab)).toMatchObject([{ state: "synced", reason: null }]);
  });

  it.each(["inactive", "deleted"])("ends the access of somebody whose payload cannot be sent: %s", async (how) => {
    await open({ target: "title", expression: "user.title", required: true });
    const ada = await arrive("ada", { title: "Analyst" });
    await change(ada, { attributes: {} });
    const stuck = await accountsOf(lab);
    if (how === "inactive") await change(ada, { active: false });
    else await deleteUser(lab, lab.scope, { id: ada, expected: null });
    await lab.drain();

    expect(stuck).toMatchObject([{ state: "stopped" }]);
    expect(lab.app.user("ada")).toMatchObject({ active: false });
    // What was there stays as it was applied.
    expect(inApp("ada")).toMatchObject({ title: "Analyst" });
    expect(await accountsOf(lab)).toMatchObject([{ state: "synced", reason: null }]);
  });

  it("stops everybody for whom an expression fails, and nobody else, until the mapping is mended", async () => {
    await open({ target: "nickName", expression: 'user.nickName + "!"' });
    await arrive("ada", { nickName: "Countess" });
    await arrive("ben");
    const before = await accountsOf(lab);
    await map({ target: "nickName", expression: 'coalesce(user.nickName, "no name") + "!"' });

    expect(before.map(({ state }) => state)).toEqual(["synced", "stopped"]);
    expect(before[1]?.reason).toContain("coalesce");
    expect([inApp("ada")["nickName"], inApp("ben")["nickName"]]).toEqual(["Countess!", "no name!"]);
  });

  it("sends a row on create only, keeps what must not be cleared, and clears what may be (E5)", async () => {
    await open(
      { target: "nickName", expression: "user.nickName", onCreateOnly: true },
      { target: "title", expression: "user.title", doNotClear: true },
      { target: "displayName", expression: "user.displayName" },
    );
    const ada = await arrive("ada", { nickName: "Countess", title: "Analyst", displayName: "Ada" });
    await change(ada, { attributes: { nickName: "Lady" } });

    expect(inApp("ada")).toMatchObject({ nickName: "Countess", title: "Analyst" });
    expect(inApp("ada")).not.toHaveProperty("displayName");
  });

  it("leaves what is sent on create only alone in an account that was there before", async () => {
    await open({ target: "nickName", expression: "user.nickName", onCreateOnly: true });
    lab.app.putUserByHand({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "ada",
      nickName: "Theirs",
    });
    await arrive("ada", { nickName: "Ours" });

    expect(inApp("ada")["nickName"]).toBe("Theirs");
    expect(await accountsOf(lab)).toMatchObject([{ state: "synced" }]);
  });

  it("SB7, SB8: overwrites what it maps, and touches nothing else that the app has", async () => {
    await open({ target: "title", expression: "user.title" });
    lab.app.putUserByHand({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "ada",
      title: "Theirs",
      nickName: "Theirs",
    });
    const ada = await arrive("ada", { title: "Ours" });
    const first = inApp("ada");
    await change(ada, { attributes: { title: "Ours too" } });

    expect(first).toMatchObject({ title: "Ours", nickName: "Theirs" });
    expect(inApp("ada")).toMatchObject({ title: "Ours too", nickName: "Theirs" });
  });

  it("tries the next name when the app, or somebody of ours, has the first, and keeps the choice while it is one", async () => {
    const names = 'selectUniqueValue("ada", user.name.familyName, "ada3", "ada4")';
    await open({ target: "userName", expression: names }, { target: "title", expression: "user.title" });
    lab.app.putUserByHand({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "ADA",
      externalId: "x",
    });
    const one = await arrive("one@x.example", { name: { familyName: "lovelace" } });
    const two = await arrive("two@x.example", { name: { familyName: "Lovelace" } });
    const three = await arrive("three@x.example");
    await change(one, { attributes: { name: { familyName: "lovelace" }, title: "Countess" } });
    const kept = lab.app.users().map(({ userName }) => userName);
    await change(one, { attributes: { name: { familyName: "byron" }, title: "Countess" } });

    expect(kept).toContain("lovelace");
    expect(lab.app.users().map(({ userName, externalId }) => [userName, externalId])).toEqual([
      ["ADA", "x"],
      ["byron", one],
      ["ada3", two],
      ["ada4", three],
    ]);
    expect(lab.app.duplicates()).toEqual([]);
    expect((await accountsOf(lab)).map(({ state }) => state)).toEqual(["synced", "synced", "synced"]);
  });

  it("stops when every name is taken, and says to give more", async () => {
    await open({ target: "userName", expression: 'selectUniqueValue("ada", "ben")' });
    for (const userName of ["ada", "ben"])
      lab.app.putUserByHand({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName, externalId: "x" });
    await arrive("one@x.example");

    expect(await accountsOf(lab)).toMatchObject([{ state: "stopped" }]);
    expect((await accountsOf(lab))[0]?.reason).toContain("give it more of them");
    expect(writes()).toEqual(["POST", "POST"]);
  });

  it("deactivates whom a row of active says, and a leaver whatever it says", async () => {
    await open({ target: "active", entra: 'Switch([jobTitle], "True", "Guest", "False")' });
    const ada = await arrive("ada", { title: "Analyst" });
    const ben = await arrive("ben", { title: "Analyst" });
    await change(ada, { attributes: { title: "Guest" } });
    await change(ben, { active: false });

    expect([lab.app.user("ada")?.active, lab.app.user("ben")?.active]).toEqual([false, false]);
    await change(ada, { attributes: { title: "Analyst" } });
    expect(lab.app.user("ada")?.active).toBe(true);
  });

  it("sends the names of groups where an expression names them, also of one that decides about nothing, and follows them", async () => {
    await open({ target: "title", expression: 'join(", ", groups)' });
    const ada = await arrive("ada");
    const staff = await lab.group("Staff", [ada]);
    const parent = await lab.group("Everybody", [staff]);
    await lab.drain();
    const first = inApp("ada")["title"];
    await lab.rename(staff, "Team");
    await lab.drain();
    const renamed = inApp("ada")["title"];
    await lab.change(parent, { remove: [staff] });
    await lab.drain();

    expect([first, renamed, inApp("ada")["title"]]).toEqual(["Everybody, Staff", "Everybody, Team", "Team"]);
  });

  it("follows the names of groups by its app's mapping also where one of its own was taken away", async () => {
    await open({ target: "title", expression: '"own"' });
    const { appId } = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      requireConnection(tx, lab.owner.tenantId, lab.connectionId),
    );
    await putAppMapping(lab, lab.owner, appId, [USER_NAME, { target: "title", expression: 'join(", ", groups)' }]);
    await putMapping(lab, lab.owner, lab.connectionId, null);
    const staff = await lab.group("Staff", [await arrive("ada")]);
    await lab.drain();
    const before = inApp("ada")["title"];
    await lab.rename(staff, "Team");
    await lab.drain();

    expect([before, inApp("ada")["title"]]).toEqual(["Staff", "Team"]);
  });

  it("changes nothing when the product's own rows are saved as the connection's", async () => {
    lab = await openGroupLab({ groups: { mode: "none" } });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
    await arrive("ada", {
      name: { givenName: "Ada" },
      emails: [{ value: "a@x.example", type: "work", primary: true }],
    });
    const { getMapping } = await import("@muster/provisioning");
    const own = await getMapping(lab, lab.owner, lab.connectionId);
    lab.app.clearLedger();
    await putMapping(
      lab,
      lab.owner,
      lab.connectionId,
      own.rows.map(({ target, expression }) => ({ target, expression })),
    );
    await lab.drain();

    expect(lab.app.ledger()).toEqual([]);
    expect(await accountsOf(lab)).toMatchObject([{ state: "synced" }]);
  });
});

describe("a connection to JumpCloud", () => {
  const WORK = { emails: [{ value: "ada@x.example", type: "work", primary: true }] };

  async function jumpcloud(): Promise<void> {
    lab = await openGroupLab({ groups: { mode: "none" } });
    await editConnection(lab, lab.owner, lab.connectionId, {
      profile: "jumpcloud",
      settings: { adoption: { match: ["userName"] } },
    });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  }

  it.each<[string, string, Attributes, string]>([
    ["SB17 a special character", "ad/a", WORK, 'userName: has the character "/"'],
    ["SB18 1,025 characters", "a".repeat(1_025), WORK, "has 1025 characters; the app takes 1024"],
    ["SB19 an address", "ada@x.example", WORK, "take the part before the at sign"],
    [
      "SB20 a first name that is too long",
      "ada",
      { ...WORK, name: { givenName: "a".repeat(1_025) } },
      "name.givenName: has 1025",
    ],
    [
      "SB21 a last name that is too long",
      "ada",
      { ...WORK, name: { familyName: "a".repeat(1_025) } },
      "name.familyName: has 1025",
    ],
    ["SB22 no address", "ada", {}, "emails[primary eq true].value: is required"],
    ["SB22 what is no address", "ada", { emails: [{ value: "ada", primary: true }] }, "must be an e-mail address"],
  ])("refuses %s before any request", async (_, userName, attributes, why) => {
    await jumpcloud();
    await arrive(userName, attributes);

    expect((await accountsOf(lab))[0]).toMatchObject({ state: "stopped", reason: expect.stringContaining(why) });
    expect(lab.app.ledger()).toEqual([]);
  });

  it("SB18 takes 1,024 characters; SB23, SB24, SB28, SB29, SB30, SB31, SB32, SB33, SB34 maps what JumpCloud knows, in both forms, and nothing else: SB26, SB27, SB35", async () => {
    await jumpcloud();
    const urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    const userName = "a".repeat(1_024);
    await arrive(userName, {
      ...WORK,
      displayName: "Ada",
      name: { givenName: "Ada", familyName: "Lovelace" },
      nickName: "Countess",
      title: "Analyst",
      locale: "en-GB",
      userType: "Employee",
      phoneNumbers: [{ value: "1", type: "mobile" }],
      [urn]: {
        department: "Engines",
        costCenter: "7",
        organization: "Acme",
        employeeNumber: "42",
        division: "R",
        manager: { value: "1" },
      },
    });
    const sent: unknown = JSON.parse(lab.app.ledger()[0]?.requestBody ?? "");

    expect(sent).toEqual({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", urn],
      externalId: expect.any(String),
      userName,
      active: true,
      displayName: "Ada",
      name: { givenName: "Ada", familyName: "Lovelace" },
      emails: [{ value: "ada@x.example", type: "work", primary: true }],
      title: "Analyst",
      locale: "en-GB",
      userType: "Employee",
      costCenter: "7",
      organization: "Acme",
      [urn]: { department: "Engines", costCenter: "7", organization: "Acme", employeeNumber: "42" },
    });
  });

  it("SB35: leaves out what a row gives that JumpCloud does not take", async () => {
    await jumpcloud();
    await map(
      { target: "nickName", expression: "user.nickName" },
      { target: 'emails[type eq "work"].value', expression: '"a@x.example"' },
      { target: 'emails[type eq "work"].primary', expression: "true" },
    );
    await arrive("ada", { nickName: "Countess" });

    expect(inApp("ada")).toMatchObject({ userName: "ada" });
    expect(inApp("ada")).not.toHaveProperty("nickName");
  });
});
