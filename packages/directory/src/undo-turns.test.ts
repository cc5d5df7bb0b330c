import { uuidV7 } from "@muster/runtime";
import { inTenant, takeUpUndo, type UndoRecord } from "@muster/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPeopleLab, type PeopleLab } from "./fixtures/open-people-lab.ts";
import { runUndo } from "./run-undo.ts";
import type { DirectoryScope } from "./scope.ts";
import { applyUndo, requestUndo, requireUndo } from "./undos.ts";

let lab: PeopleLab;
beforeAll(async () => {
  lab = await openPeopleLab();
});
afterAll(() => lab.close());

const noStop = new AbortController().signal;
const admin = (scope: DirectoryScope) => ({ ...scope, workspaceId: uuidV7() });
const keyOf = ({ tenantId, directoryId }: DirectoryScope, { id }: UndoRecord) => ({
  tenantId,
  directoryId,
  undoId: id,
});

/** An undo of a new directory whose preview waits for a worker. */
async function openUndo() {
  const scope = await lab.openScope();
  const text = "select (date_trunc('milliseconds', clock_timestamp()) + interval '1 ms') as at, pg_sleep(0.003)";
  const [row] = await lab.rows<{ at: Date }>(scope, text);
  const input = { to: row?.at.toISOString() ?? "", mode: "giveBack" as const, groupIds: null, userIds: null };
  const key = keyOf(scope, await requestUndo(lab, admin(scope), scope.directoryId, input));
  return { scope, key, read: () => inTenant(lab.db, scope.tenantId, (tx) => requireUndo(tx, key)) };
}

/** A worker that meets something before each of its transactions, counted from one. */
function meeting(meet: (transaction: number) => Promise<unknown>) {
  let transactions = 0;
  const connect = async () => {
    transactions += 1;
    await meet(transactions);
    return await lab.db.pool.connect();
  };
  const pool = new Proxy(lab.db.pool, {
    get: (target, name): unknown => (name === "connect" ? connect : Reflect.get(target, name)),
  });
  return { db: { ...lab.db, pool } };
}

describe("J5: workers over the preview of an undo", () => {
  it("one that stood still leaves it as the next one made it, also while it is applied", async () => {
    const { scope, key, read } = await openUndo();
    const frozen = meeting(async (transaction) => {
      if (transaction !== 2) return;
      await runUndo(lab, key, noStop);
      await applyUndo(lab, admin(scope), key);
    });

    await runUndo(frozen, key, noStop);

    expect(await read()).toMatchObject({ state: "applying" });
  });

  it("one that stood still does not end it while the next one computes it", async () => {
    const { scope, key, read } = await openUndo();
    const frozen = meeting(async (transaction) => {
      if (transaction === 3) await inTenant(lab.db, scope.tenantId, (tx) => takeUpUndo(tx, key));
    });

    await runUndo(frozen, key, noStop);

    expect(await read()).toMatchObject({ state: "waiting", tries: 2 });
  });

  it("is given up when none of them comes to its end", async () => {
    const { key, read } = await openUndo();
    const dying = async (transaction: number) => {
      if (transaction > 2) throw new Error("the worker dies here");
    };

    for (let tries = 0; tries < 6; tries += 1) await runUndo(meeting(dying), key, noStop).catch(() => undefined);

    expect(await read()).toMatchObject({ state: "failed", reason: expect.stringContaining("5 workers ended") });
  });
});
