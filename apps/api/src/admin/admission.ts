import { operations } from "@muster/contract";
import { readWaitlist } from "@muster/provisioning";
import type { WaitingPerson, WaitKey } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfConnection } from "./owner.ts";
import { readPage, toPage } from "./page.ts";

/** Who is let into an app, and when. */
export const admissionRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listWaitlist, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query, (text) => toKey(text) !== undefined);
    const after = wanted.after === undefined ? undefined : toKey(wanted.after);
    const rows = await readWaitlist(deps, owner, params.connectionId, { after, limit: wanted.limit });
    return toPage(rows, wanted, { idOf: ofKey, show });
  }),
];

// The place of whoever was last on a page, so that it is found again when they have been let in meanwhile.
const ofKey = ({ later, sinceMicros, userId }: WaitKey): string => `${later ? 1 : 0}.${sinceMicros}.${userId}`;
function toKey(text: string): WaitKey | undefined {
  const [, later, sinceMicros, userId] =
    /^([01])\.(\d{1,18})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text) ?? [];
  if (sinceMicros === undefined || userId === undefined) return undefined;
  return { later: later === "1", sinceMicros, userId };
}

const show = ({ userId, userName, position, since }: WaitingPerson) => ({
  userId,
  userName,
  position,
  since: since.toISOString(),
});
