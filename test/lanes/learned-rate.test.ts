import { editConnection, putAssignments, requireConnection } from "@muster/provisioning";
import { inTenant } from "@muster/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab({ app: { faults: [{ kind: "status", status: 429, retryAfter: "1", skip: 5, times: 1 }] } });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
});
afterEach(() => lab.close());

const learned = async (): Promise<number | null> => {
  const { tenantId } = lab.owner;
  return (await inTenant(lab.db, tenantId, (tx) => requireConnection(tx, tenantId, lab.connectionId))).learnedRate;
};

it("X11: a 429 lowers the rate, which is kept with the connection until a rate is set", async () => {
  for (const name of ["ana", "ben", "cyd", "dan", "eva", "fay", "gus"]) await lab.createUser({ userName: name });

  await lab.drainOnce();
  const first = await learned();
  await lab.passTime();
  await lab.drain();
  const kept = await learned();
  await editConnection(lab, lab.owner, lab.connectionId, { settings: { ratePerSecond: null } });

  expect(first).toBeGreaterThanOrEqual(1);
  expect(kept).toBe(first);
  expect(await learned()).toBeNull();
  expect(Object.keys(peopleIn(lab.app))).toHaveLength(7);
});
