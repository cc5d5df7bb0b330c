import { changeGroup, createGroup, deleteGroup, deleteUser } from "@muster/directory";
import { editConnection, putAssignments } from "@muster/provisioning";
import { createWebhookSecret } from "@muster/runtime";
import { inTenant } from "@muster/store";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedApp, startScriptedApp } from "./kinds/scripted-app.ts";
import { type AppGroup, createWebhookDialect, WEBHOOK_SECRET } from "./kinds/webhook-dialect.ts";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

describe("H11: a connection to a webhook", () => {
  const groups = new Map<string, AppGroup>();
  let app: ScriptedApp;
  let lab: LaneLab;

  beforeAll(async () => {
    app = await startScriptedApp(createWebhookDialect(groups));
    const auth = { scheme: "signature", secret: WEBHOOK_SECRET } as const;
    lab = await openLaneLab({
      other: { kind: "webhook", profile: null, ...app, auth },
      settings: { updateMethod: "put", groups: { mode: "assigned" } },
    });
  });
  afterAll(async () => {
    await lab.close();
    await app.close();
  });

  async function settle(): Promise<void> {
    for (let round = 0; round < 6; round += 1) {
      await lab.drain();
      await lab.passTime();
    }
    await lab.drain();
  }
  const membersOf = () =>
    [...groups.values()].map(({ displayName, members }) => ({
      displayName,
      members: [...members].map((id) => app.accounts.get(id)?.userName ?? id).toSorted(),
    }));

  it("begins without what it cannot do, and refuses it", async () => {
    const [row] = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      tx.run(tx.sql.selectFrom("connections").select(["compare_every_hours", "target_options"])),
    );
    expect(row).toEqual({ compare_every_hours: null, target_options: { acknowledgement: "status" } });
    const edit = (settings: Parameters<typeof editConnection>[3]["settings"]) =>
      editConnection(lab, lab.owner, lab.connectionId, settings === undefined ? {} : { settings });
    await expect(edit({ comparison: { everyHours: 24 } })).rejects.toThrow("does not say who has an account");
    const target = { kind: "scim", baseUrl: app.baseUrl, auth: { scheme: "bearer", token: "t" } } as const;
    await expect(editConnection(lab, lab.owner, lab.connectionId, { target })).rejects.toThrow("target.kind");
    const bearer = { ...target, kind: "webhook" };
    await expect(editConnection(lab, lab.owner, lab.connectionId, { target: bearer })).rejects.toThrow(
      "takes signature",
    );
  });

  it("is told of groups after their people, through lost answers", async () => {
    const [ada, bob] = [await lab.createUser({ userName: "ada" }), await lab.createUser({ userName: "bob" })];
    const state = { displayName: "Staff", externalId: null, attributes: {} };
    const made = await createGroup(lab, lab.scope, { group: state, members: [ada.id, bob.id] });
    const { id } = made.value.record;
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [{ id }] });
    await settle();
    expect(membersOf()).toEqual([{ displayName: "Staff", members: ["ada", "bob"] }]);

    app.script("change", { kind: "lose" }, 2);
    await changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
      group: { ...current, displayName: "Crew" },
      changed: true,
      members: { replaceAll: false, add: [], remove: [bob.id] },
    }));
    await settle();
    expect(membersOf()).toEqual([{ displayName: "Crew", members: ["ada"] }]);

    await deleteGroup(lab, lab.scope, { id, expected: null });
    await settle();
    expect(membersOf()).toEqual([]);
  });

  it("X14: whose create got no answer before seats were limited keeps a seat, and loses access when they leave", async () => {
    app.script("create", { kind: "lose" });
    const { id } = await lab.createUser({ userName: "cora" });
    await lab.drainOnce();
    await editConnection(lab, lab.owner, lab.connectionId, { settings: { seats: { limit: 1 } } });
    await lab.passTime();
    await lab.drain();
    const limited = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      tx.run(tx.sql.selectFrom("accounts").select("state").where("user_id", "=", id)),
    );
    await deleteUser(lab, lab.scope, { id, expected: null });
    await lab.drain();
    await editConnection(lab, lab.owner, lab.connectionId, { settings: { seats: null } });

    expect(limited).toEqual([{ state: "synced" }]);
    expect([...app.accounts.values()].filter(({ externalId }) => externalId === id)).toMatchObject([{ active: false }]);
  });

  it("X14: whoever waits for a seat is told off when they leave, if a create of theirs may have been sent", async () => {
    await editConnection(lab, lab.owner, lab.connectionId, { settings: { seats: { limit: 1 } } });
    const { id } = await lab.createUser({ userName: "dora" });
    await lab.drain();
    // As a worker leaves it that ended while it worked on somebody of the waitlist.
    await lab.db.pool.query(
      "update accounts set verify = true, due_at = now() where user_id = $1 and waits_since is not null",
      [id],
    );
    await lab.passTime();
    await lab.drain();
    app.asked.length = 0;
    await deleteUser(lab, lab.scope, { id, expected: null });
    await lab.drain();
    await editConnection(lab, lab.owner, lab.connectionId, { settings: { seats: null } });

    expect(app.asked.map(({ request }) => JSON.parse(request.body) as unknown)).toMatchObject([
      { type: "user.deactivated", data: { externalId: id } },
    ]);
  });

  it("signs with both secrets while one is replaced, and with the new one alone where it is told to", async () => {
    const signedBy = async (secrets: readonly string[]): Promise<boolean[]> => {
      app.asked.length = 0;
      await lab.createUser({ userName: `p${Math.random()}` });
      await lab.drain();
      const { headers, body } = app.asked.at(-1)?.request ?? { headers: {}, body: "" };
      const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      return secrets.map((secret) => {
        try {
          return new Webhook(secret).verify(body, signed) !== null;
        } catch {
          return false;
        }
      });
    };
    const replace = (secret: string, overlapHours?: number) =>
      editConnection(lab, lab.owner, lab.connectionId, {
        target: {
          kind: "webhook",
          baseUrl: app.baseUrl,
          auth: { scheme: "signature", secret, ...(overlapHours === undefined ? {} : { overlapHours }) },
        },
      });
    const next = createWebhookSecret();
    await replace(next);
    expect(await signedBy([WEBHOOK_SECRET, next])).toEqual([true, true]);
    // Given again, the same secret does not end the one before it.
    await replace(next);
    expect(await signedBy([WEBHOOK_SECRET, next])).toEqual([true, true]);
    await replace(WEBHOOK_SECRET, 0);
    expect(await signedBy([WEBHOOK_SECRET, next])).toEqual([true, false]);
  });
});
