import type { Customer } from "./stage.ts";

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
