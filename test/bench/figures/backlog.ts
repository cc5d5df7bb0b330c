import { setPaused } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";
import { faultsOfDelivery, rateOf, waitUntilSettled } from "./delivery.ts";

/**
 * Pushes a backlog that so many lanes share, to an app that is emptied before, and gives pushes a second. Made by SQL:
 * where this is only a yardstick, a minute of requests to the api would be wasted.
 */
export async function pushBacklog(
  stage: Stage,
  input: { name: string; appId: string; app: SampleAppProcess; users: number; lanes: number; faults: string[] },
): Promise<number> {
  const { app, lanes } = input;
  const people = Math.ceil(input.users / lanes);
  const backlogs = await stage.seeder.backlogs({ ...input, people });
  await app.reset();
  await Promise.all(backlogs.map(({ connectionId }) => setPaused(stage.admin, connectionId, false)));
  await Promise.all(backlogs.map((backlog) => waitUntilSettled(stage, backlog, people)));
  const counts = await app.counts();
  input.faults.push(...faultsOfDelivery(counts, people * lanes));
  return rateOf(counts);
}
