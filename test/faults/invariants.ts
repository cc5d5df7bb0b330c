import { waitFor } from "@muster/testkit";
import type { Customer, Stage } from "./stage.ts";
import { timing } from "./timing.ts";

/**
 * I10, I16: saying everything once more changes nothing more, neither here nor in the app. That the gateway has looked is seen
 * by a last change, which does arrive.
 */
export async function expectRepeatsChangeNothing(customer: Customer): Promise<void> {
  const { app, driver } = customer;
  const [last] = driver.accepted.keys();
  if (last === undefined) throw new Error("Nobody was accepted");
  const writes = () => app.ledger().filter((entry) => entry.method !== "GET").length;
  const before = writes();
  await driver.repeatAll();
  await driver.setTitle(last, `Repeated ${before}`);
  await customer.expectHealed();
  const added = writes() - before;
  if (added !== 1) throw new Error(`Repeating what was accepted led to ${added - 1} needless writes`);
}

/** I15: no lane is due and left alone for long; lanes that are held back on purpose do not count. */
export async function expectNothingStuck(stage: Stage): Promise<void> {
  await waitFor(
    async () => {
      const { rows } = await stage.db.pool.query(
        `select connection_id from lanes where due_at < now() - $1 * interval '1 millisecond' and not paused and not suspended
         and disabled_at is null and (held_until is null or held_until < now()) and (lease_until is null or lease_until < now())`,
        [2 * timing.sweepMs],
      );
      return rows.length === 0;
    },
    { timeoutMs: timing.healWithinMs, what: "every due lane to be claimed" },
  );
}
