import { appOf, connectorKinds } from "@muster/connectors";
import { changeUser, deleteUser } from "@muster/directory";
import {
  beginComparison,
  createPolicyPreparer,
  editConnection,
  previewPerson,
  putAssignments,
} from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { inTenant } from "@muster/store";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { kindsUnderTest } from "./kinds/kinds-under-test.ts";
import { type AppReply, type ScriptedApp, startScriptedApp } from "./kinds/scripted-app.ts";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

/** An account in the words of every kind, with an id that no database can hold. */
const UNKEEPABLE = {
  ...{ id: "a\u0000", _id: "a\u0000", no: "a\u0000", account: { id: "a\u0000", active: true } },
  ...{ schemas: [], userName: "a\u0000", username: "a\u0000", active: true, suspended: false },
};

const NO_ANSWERS: readonly (AppReply | string)[] = [
  "<html>Please sign in</html>",
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  // About nobody.
  { status: 200, body: { id: null, account: 7, no: null } },
  { status: 201, body: UNKEEPABLE },
];

it("X11: every kind of target goes through this suite", () => {
  expect(kindsUnderTest.map(({ kind }) => kind).toSorted()).toEqual(connectorKinds.map(({ key }) => key).toSorted());
});

describe.each(kindsUnderTest)("H1, H8, H10, H11, SA27: a target of kind $kind", (subject) => {
  const { kind, dialect, auth, options = null, needs } = subject;
  const { users } = appOf({ kind, targetOptions: options });
  let app: ScriptedApp;
  let lab: LaneLab;
  let count = 0;

  beforeAll(async () => {
    app = await startScriptedApp(dialect());
    lab = await openLaneLab({
      other: { kind, profile: null, ...app, auth, options },
      settings: { updateMethod: "put", maxInFlight: 1, ratePerSecond: null },
    });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  });
  afterEach(() => app.heal());
  afterAll(async () => {
    await lab.close();
    await app.close();
  });

  async function person(): Promise<{ id: string; userName: string }> {
    count += 1;
    const userName = `p${count}`;
    const { id } = await lab.createUser({ userName, attributes: { displayName: `P ${count}`, ...needs?.(userName) } });
    return { id, userName };
  }
  const change = (id: string, changed: { active?: boolean; userName?: string; displayName?: string }) =>
    changeUser(lab, lab.scope, { id, expected: null }, (user) => {
      const { displayName = user.attributes["displayName"] ?? null, ...core } = changed;
      return { user: { ...user, ...core, attributes: { ...user.attributes, displayName } }, changed: true };
    });
  /** Whoever has this person's account, or should not have it too. */
  const accountsOf = (userId: string) =>
    [...app.accounts.values()]
      .filter(({ externalId }) => externalId === userId)
      .map(({ userName, displayName, active }) => ({ userName, displayName, active }));
  async function stateOf(userId: string) {
    const [row] = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      tx.run(tx.sql.selectFrom("accounts").select(["state", "reason"]).where("user_id", "=", userId)),
    );
    return row;
  }
  /** Works through what waits for a later time, until everything is as it should be. */
  async function settle(...userIds: string[]): Promise<void> {
    const states = () => Promise.all(userIds.map(async (userId) => (await stateOf(userId))?.state));
    for (let round = 0; round < 8; round += 1) {
      await lab.drain();
      if ((await states()).every((state) => state === "synced")) return;
      await lab.passTime();
    }
    expect(await states()).toEqual(userIds.map(() => "synced"));
  }

  it("takes a person through a whole life", async () => {
    const { id, userName } = await person();
    await lab.drain();
    expect(accountsOf(id)).toEqual([{ userName, displayName: `P ${count}`, active: true }]);

    await change(id, { displayName: "Ada" });
    await lab.drain();
    await change(id, { userName: `new-${userName}` });
    await lab.drain();
    expect(accountsOf(id)).toEqual([{ userName: `new-${userName}`, displayName: "Ada", active: true }]);

    await change(id, { active: false });
    await lab.drain();
    expect(accountsOf(id)).toEqual([expect.objectContaining({ active: false })]);
    expect((await stateOf(id))?.reason ?? "").toEqual(
      users.reads ? "" : expect.stringContaining("Deactivated, but not verified"),
    );

    await change(id, { active: true });
    await lab.drain();
    expect(accountsOf(id)).toEqual([{ userName: `new-${userName}`, displayName: "Ada", active: true }]);

    await deleteUser(lab, lab.scope, { id, expected: null });
    await lab.drain();
    expect(accountsOf(id)).toEqual([expect.objectContaining({ active: false })]);
    expect(await stateOf(id)).toMatchObject({ state: "synced" });
  });

  async function previewed(userId: string) {
    const deps = { db: lab.db, clock: systemClock, prepare: createPolicyPreparer() };
    const asked = { connectionId: lab.connectionId, who: { userId }, mapping: undefined };
    const shown = await previewPerson(deps, lab.owner, asked);
    if (shown.kind === "refused") throw new Error("Nothing was given that could be refused");
    return shown.steps;
  }
  /** What the app was sent last, as far as the preview tells it. */
  const sentAs = (headers: Readonly<Record<string, string | null>>) => {
    const { request } = app.asked.findLast(({ asks }) => asks === "create" || asks === "change") ?? {};
    if (request === undefined) throw new Error("Nothing was sent");
    const { method, path, query, body } = request;
    const search = query.size === 0 ? "" : `?${query}`;
    const names = Object.entries(headers).filter(([, value]) => value !== null);
    return {
      ...{
        method,
        path: `${path.slice("/api".length)}${search}`,
        body: body === "" ? null : (JSON.parse(body) as unknown),
      },
      headers: Object.fromEntries(names.map(([name]) => [name, request.headers[name]])),
    };
  };

  it("E3: shows a request as it is then sent, and nothing of what signs in", async () => {
    const { id } = await person();
    const [create] = await previewed(id);
    await lab.drain();
    const made = sentAs(create?.requests[0]?.headers ?? {});
    await change(id, { active: false });
    const steps = await previewed(id);
    await lab.drain();

    expect(create).toMatchObject({ step: "create", isNext: true, requests: [made], mayFollow: false, problem: null });
    const off = steps.find(({ step }) => step === "deactivate");
    expect(off).toMatchObject({ isNext: true, requests: [sentAs(off?.requests[0]?.headers ?? {})], problem: null });
    const names =
      auth.scheme === "signature" ? ["webhook-signature"] : [auth.scheme === "header" ? auth.name : "authorization"];
    for (const { requests } of [create, off].flatMap((step) => step ?? []))
      for (const { headers } of requests) for (const name of names) expect(headers[name]).toBeNull();
  });

  it("deletes where the connection says so", async () => {
    const { id } = await person();
    await lab.drain();
    await editConnection(lab, lab.owner, lab.connectionId, { settings: { onLeave: "delete" } });
    await deleteUser(lab, lab.scope, { id, expected: null });
    await settle(id);
    expect(accountsOf(id)).toEqual([]);
    await editConnection(lab, lab.owner, lab.connectionId, { settings: { onLeave: "deactivate" } });
    await lab.drain();
  });

  it("F28: a create whose answer is lost ends in one account", async () => {
    app.script("create", { kind: "lose" });
    const { id, userName } = await person();
    await settle(id);
    expect(accountsOf(id)).toEqual([{ userName, displayName: `P ${count}`, active: true }]);
  });

  it("F28: somebody who leaves after a create whose answer was lost has no access", async () => {
    app.script("create", { kind: "lose" });
    const { id } = await person();
    await lab.drain();
    await deleteUser(lab, lab.scope, { id, expected: null });
    await settle(id);
    expect(accountsOf(id).filter(({ active }) => active)).toEqual([]);
  });

  it("F35: an app that is down is tried again, and nothing is lost", async () => {
    const { id } = await person();
    await lab.drain();
    app.script("any", { kind: "answer", reply: { status: 500 } }, 2);
    await change(id, { displayName: "Later" });
    await lab.drain();
    expect(await stateOf(id)).toMatchObject({ state: "failing" });
    app.heal();
    await settle(id);
    expect(accountsOf(id)).toEqual([expect.objectContaining({ displayName: "Later" })]);
  });

  it("F42: a deactivation that the app only says it did is found out and sent again", async () => {
    const { id } = await person();
    await lab.drain();
    // One that cannot be read back is found out only by what its answer says.
    const unchanged = { status: 200, body: { account: { id: idOf(id), active: true } } };
    app.script("change", users.reads ? { kind: "pretend" } : { kind: "answer", reply: unchanged });
    await change(id, { active: false });
    await lab.drain();
    expect(await stateOf(id)).toMatchObject({ state: "failing" });
    await settle(id);
    expect(accountsOf(id)).toEqual([expect.objectContaining({ active: false })]);
  });
  const idOf = (userId: string): string =>
    [...app.accounts.values()].find(({ externalId }) => externalId === userId)?.id ?? "";

  it("F41, F45: what is no answer to a create is none, and keeps nobody from ending with one account", async () => {
    const people: Awaited<ReturnType<typeof person>>[] = [];
    for (const reply of NO_ANSWERS) {
      app.script("create", { kind: "answer", reply });
      people.push(await person());
    }
    await settle(...people.map(({ id }) => id));

    expect(people.map(({ id }) => accountsOf(id))).toEqual(
      people.map(({ userName }) => [{ userName, displayName: userName.replace("p", "P "), active: true }]),
    );
  });

  it("X2: is compared where it says who has an account, and refused where it does not", async () => {
    const asked = beginComparison(lab, lab.owner, lab.connectionId, { policy: "report" });
    if (!users.lists) return await expect(asked).rejects.toThrow("does not say who has an account");
    await asked;
    await lab.drain();
    const comparisons = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      tx.run(tx.sql.selectFrom("comparisons").select(["state", "reason", "listed", "drifted", "missing"])),
    );
    expect(comparisons).toEqual([{ state: "done", reason: null, listed: app.accounts.size, drifted: 0, missing: 0 }]);
  });

  // After all that is sent again, because a 429 slows its connection for a while.
  it("G11: a 429 holds the lane and charges nobody", async () => {
    const { id } = await person();
    await lab.drain();
    app.script("change", { kind: "answer", reply: { status: 429, headers: { "retry-after": "3600" } } });
    await change(id, { displayName: "Slower" });
    await lab.drain();
    expect(await stateOf(id)).toMatchObject({ state: "pending" });
    await settle(id);
    expect(accountsOf(id)).toEqual([expect.objectContaining({ displayName: "Slower" })]);
  });

  it("F35: a refused credential sets the lane aside", async () => {
    app.script("any", { kind: "answer", reply: { status: 401 } }, 100);
    const { id } = await person();
    await lab.drain();
    expect(await stateOf(id)).toMatchObject({ state: "pending" });
    const [connection] = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      tx.run(tx.sql.selectFrom("connections").select("state")),
    );
    expect(connection).toEqual({ state: "quarantined" });
  });
});
