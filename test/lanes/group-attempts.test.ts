import { changeGroup } from "@muster/directory";
import { type AttemptDetail, getAttempt, inTenant, listAttempts } from "@muster/store";
import { afterEach, expect, it } from "vitest";
import { type GroupLab, openGroupLab } from "./group-lab.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

let lab: GroupLab;
afterEach(() => lab.close());

/** The attempts about a group, in the order in which they were made, with what went over the wire. */
async function attemptsOf(groupId: string): Promise<AttemptDetail[]> {
  const { tenantId } = lab.scope;
  const { connectionId } = lab;
  return await inTenant(lab.db, tenantId, async (tx) => {
    const listed = await listAttempts(tx, tenantId, { connectionId, groupId, limit: 100 });
    const whole: AttemptDetail[] = [];
    for (const { id } of listed.reverse()) {
      const attempt = await getAttempt(tx, tenantId, { connectionId, id });
      if (attempt !== undefined) whole.push(attempt);
    }
    return whole;
  });
}
const inShort = (attempts: readonly AttemptDetail[]) =>
  attempts.map(({ operation, decision, status }) => `${operation} ${status} ${decision}`);

it("K2, X12: each call about a group is an attempt, with its trace, and sent to the app with it", async () => {
  lab = await openGroupLab();
  const [ana, ben] = [await lab.person("ana"), await lab.person("ben")];
  const staff = await lab.group("Staff", [ana]);
  const other = await lab.group("Other", [ben]);
  await lab.assign([staff, other]);
  await lab.drain();
  const made = await attemptsOf(staff);
  lab.app.clearLedger();
  const change = { id: staff, expected: null, answerMembers: false };
  await changeGroup(lab, { ...lab.scope, traceId: TRACE }, change, (current) => ({
    group: { ...current, displayName: "People" },
    changed: true,
    members: { replaceAll: false, add: [ben], remove: [ana] },
  }));
  await lab.drain();
  const traced = (await attemptsOf(staff)).slice(made.length);
  const sent = lab.sent("PATCH").map((entry) => entry.traceparent?.slice(3, 35));
  await lab.assign([other]);
  await lab.drain();

  expect(inShort(made)).toEqual(["createGroup 201 applied", "addMembers 204 applied"]);
  expect(new Set(made.map(({ traceId }) => traceId)).size).toBe(1);
  expect(made[0]).toMatchObject({
    userId: null,
    groupId: staff,
    number: 1,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(inShort(traced)).toEqual(["removeMembers 204 applied", "renameGroup 204 applied", "addMembers 204 applied"]);
  expect(new Set(traced.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  expect(sent).toEqual([TRACE, TRACE, TRACE]);
  expect(inShort(await attemptsOf(staff)).at(-1)).toBe("deleteGroup 204 applied");
  expect((await attemptsOf(other)).every(({ groupId }) => groupId === other)).toBe(true);
});

it("K2: a chunk of a thousand members is kept short, and tells nobody's id", async () => {
  lab = await openGroupLab({ groups: { mode: "assigned", memberChunk: 1_000 } });
  const people = await Promise.all(Array.from({ length: 1_000 }, (_, index) => lab.person(`user-${index}`)));
  const staff = await lab.group("Staff", people);
  await lab.assign([staff]);
  await lab.drain();
  const added = (await attemptsOf(staff)).find(({ operation }) => operation === "addMembers");
  const text = JSON.stringify(added?.exchanges);
  const ids = lab.app.users().map(({ id }) => id);

  expect(lab.app.groups()[0]?.members).toHaveLength(1_000);
  expect(added?.exchanges).toMatchObject([{ method: "PATCH", status: 204 }]);
  expect(text.length).toBeLessThan(20_000);
  expect(ids.filter((id) => text.includes(id))).toEqual([]);
});

it("K2, G4: says what followed from a call that failed: tried again, a pause, a member set aside", async () => {
  lab = await openGroupLab();
  const [ana, ben] = [await lab.person("ana"), await lab.person("ben")];
  const staff = await lab.group("Staff", [ana, ben]);
  lab.app.faults.set([{ kind: "status", status: 503, path: "/Groups", method: "POST", times: 1 }]);
  await lab.assign([staff]);
  await lab.drain();
  const failed = (await attemptsOf(staff)).find(({ operation }) => operation === "createGroup");
  const refused = lab.app.user("ben")?.id ?? "";
  lab.app.faults.set([
    { kind: "status", status: 429, path: "/Groups", method: "GET", times: 1, retryAfter: "1" },
    { kind: "status", status: 400, path: "/Groups", method: "PATCH", mentions: refused },
  ]);
  await lab.passTime();
  await lab.drain();
  const throttled = (await attemptsOf(staff)).find(({ status }) => status === 429);
  for (let turn = 0; turn < 4; turn += 1) {
    await lab.db.pool.query("update lanes set held_until = null, due_at = now()");
    await lab.passTime();
    await lab.drain();
  }
  const last = inShort(await attemptsOf(staff));

  expect(failed).toMatchObject({
    operation: "createGroup",
    status: 503,
    decision: "unknownOutcome",
    retryAt: expect.any(Date),
  });
  expect(failed?.exchanges).toMatchObject([{ method: "POST", path: "/Groups", status: 503 }]);
  expect(throttled).toMatchObject({ status: 429, decision: "throttled" });
  expect(last).toContain("addMembers 400 retry");
  expect(last).toContain("addMembers 400 parked");
  expect(lab.groupsIn()).toEqual({ Staff: ["ana"] });
});
