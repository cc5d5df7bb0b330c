import { changeUser } from "@muster/directory";
import { beginComparison, putAssignments } from "@muster/provisioning";
import { inTenant, listAudit, listNotices } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

let lab: LaneLab;
afterEach(() => lab.close());

/** An app that takes the same userName, and the same externalId, twice. */
async function open(settings: { onLeave?: "deactivate" | "delete" } = {}): Promise<void> {
  lab = await openLaneLab({ app: { uniqueNames: false }, settings });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
}

const DIES = {
  crash(point: string) {
    if (point === "after-reply") throw new Error("the process ended here");
  },
};

/**
 * A worker is frozen with a create on its lips; the next one makes the account. Then the first one's create goes out, and the worker
 * learns that it has no lane any more, unless it ends before.
 */
async function makeTwin(userName: string, frozenEnds: boolean): Promise<string> {
  const { id } = await lab.createUser({ userName });
  lab.app.faults.set([{ kind: "latency", latencyMs: 800, when: "before-applying", method: "POST", times: 1 }]);
  const frozen = lab.drainOnce({ owner: "frozen", ...(frozenEnds ? DIES : {}) }).catch(() => undefined);
  await waitFor(async () => (await accounts("in_flight_epoch is not null")) === 1, {
    timeoutMs: 5_000,
    what: "the account to be in flight",
  });
  await lab.db.pool.query("update lanes set lease_until = now() - interval '1 second'");
  await lab.drain({ owner: "second" });
  await frozen;
  return id;
}

const accounts = (where: string) =>
  inTenant(lab.db, lab.scope.tenantId, async (tx) => {
    const rows = await tx.named({ name: `accounts-${where}`, text: `select user_id from accounts where ${where}` }, []);
    return rows.length;
  });
const actives = () =>
  lab.app
    .users()
    .map((user) => user.active)
    .sort();
/** As if a week were over since the create was left behind: only a comparison looks then. */
const endWatch = () =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.named(
      { name: "end-watch", text: "update accounts set twin_since = twin_since - interval '30 days', due_at = null" },
      [],
    ),
  );
async function laterLook(): Promise<void> {
  await lab.passTime();
  await lab.drain({ owner: "second" });
}

describe("R3, I06: a create that comes late", () => {
  it("F04: is noticed by the worker that was frozen, and its account made inactive, audited and told of", async () => {
    await open();
    const id = await makeTwin("ana", false);
    expect(actives()).toEqual([true, true]);
    await lab.drain({ owner: "second" });

    expect(actives()).toEqual([false, true]);
    const { tenantId } = lab.scope;
    const page = { before: undefined, limit: 50 };
    const told = await inTenant(lab.db, tenantId, async (tx) => ({
      audit: await listAudit(tx, tenantId, page),
      notices: await listNotices(tx, tenantId, page),
    }));
    expect(told.audit).toContainEqual(expect.objectContaining({ action: "account.deactivateTwin", target: id }));
    expect(told.notices.map((notice) => notice.kind)).toContain("account.twin");
    const linked = await inTenant(lab.db, tenantId, (tx) => tx.run(tx.sql.selectFrom("accounts").select("remote_id")));
    expect(lab.app.users().find((user) => user.active)?.id).toBe(linked[0]?.remote_id);
  });

  it("is found by a later look when the frozen worker ended before it could tell, and deleted where that is allowed", async () => {
    await open({ onLeave: "delete" });
    await makeTwin("ana", true);
    expect(actives()).toEqual([true, true]);
    await laterLook();

    expect(actives()).toEqual([true]);
  });

  it("I03: leaves nobody active after a deactivation, whatever account is linked", async () => {
    await open();
    const id = await makeTwin("ana", true);
    await changeUser(lab, lab.scope, { id, expected: null }, (user) => ({
      user: { ...user, active: false },
      changed: true,
    }));
    await lab.drain({ owner: "second" });

    expect(actives()).toEqual([false, false]);
  });

  it("is found by a comparison long after, also by one that only reports", async () => {
    await open();
    await makeTwin("ana", true);
    await endWatch();
    await beginComparison(lab, lab.owner, lab.connectionId, { policy: null });
    await lab.drain({ owner: "second" });

    expect(actives()).toEqual([false, true]);
  });

  it("costs nothing when no create was left behind: one call a push, and what bears our externalId by hand stays", async () => {
    await open();
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    const [ana] = lab.app.users();
    const auth = lab.app.auth();
    if (auth.scheme !== "bearer" || ana === undefined) throw new Error("The lab speaks bearer, and ana is there");
    await fetch(`${lab.app.baseUrl}/Users`, {
      method: "POST",
      headers: { authorization: `Bearer ${auth.token}`, "content-type": "application/scim+json" },
      body: JSON.stringify({ ...ana.raw, userName: "by-hand" }),
    });
    const before = lab.app.ledger().length;
    await changeUser(lab, lab.scope, { id, expected: null }, (user) => ({
      user: { ...user, attributes: { title: "Chief" } },
      changed: true,
    }));
    await lab.drain();
    const calls = lab.app.ledger().slice(before);
    await beginComparison(lab, lab.owner, lab.connectionId, { policy: "repair" });
    await lab.drain();

    expect(calls.map((call) => call.method)).toEqual(["PATCH"]);
    expect(actives()).toEqual([true, true]);
  });
});
