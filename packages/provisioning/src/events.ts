import { setTimeout } from "node:timers/promises";
import { Refusal } from "@muster/runtime";
import {
  type Database,
  type EventFilter,
  type EventPage,
  type EventPosition,
  type EventStream,
  getEventStream,
  insertAudit,
  inTenant,
  listWebhookNames,
  putEventStream,
  readEvents,
  readSnapshot,
  type SnapshotPart,
  settleStreams,
} from "@muster/store";
import type { Owner } from "./connections.ts";

type Deps = { db: Database };

/** Five seconds in all: half of what a statement may take. */
const READY_TRIES = 50;
const READY_EVERY_MS = 100;

const OFF: EventStream = { enabled: false, days: 30, ready: false };

/** Reads whether a tenant has events, and for how long they are kept. */
export async function eventStreamOf(deps: Deps, { tenantId, workspaceId }: Owner): Promise<EventStream> {
  return (await inTenant(deps.db, tenantId, (tx) => getEventStream(tx.last, tenantId, workspaceId))) ?? OFF;
}

/**
 * Switches a tenant's events on or off, or keeps them for longer or shorter. They stay on while a webhook is told of them. Who
 * switches them on again begins anew: cursors from before have missed something.
 */
export async function changeEventStream(
  deps: Deps,
  owner: Owner,
  change: { enabled: boolean; days: number | null },
): Promise<EventStream> {
  const { tenantId, workspaceId, actor } = owner;
  await inTenant(
    deps.db,
    tenantId,
    async (tx) => {
      const [webhook] = change.enabled ? [] : await listWebhookNames(tx, workspaceId, { limit: 1 });
      if (webhook !== undefined)
        throw new Refusal("conflict", `Webhook ${webhook} is told of this tenant's events: delete it first`);
      await putEventStream(tx, tenantId, { workspaceId, ...change });
      const action = change.enabled ? "events.enable" : "events.disable";
      await insertAudit(tx, tenantId, { actor, action, target: tenantId });
    },
    workspaceId,
  );
  await settleStreams(deps.db, workspaceId);
  return await eventStreamOf(deps, owner);
}

/** Reads a tenant's events in their order after a position, or from the first that is kept. Refuses what was or will be elsewhere. */
export async function readEventPage(
  deps: Deps,
  { tenantId, workspaceId }: Pick<Owner, "tenantId" | "workspaceId">,
  after: EventPosition | null,
  wanted: EventFilter & { limit: number },
): Promise<EventPage> {
  const reading = await inTenant(deps.db, tenantId, (tx) => readEvents(tx.last, tenantId, after, wanted));
  switch (reading.kind) {
    case "read":
      return reading.page;
    case "unsettled":
      await settleStreams(deps.db, workspaceId);
      return await readEventPage(deps, { tenantId, workspaceId }, after, wanted);
    case "off":
      throw isOff(tenantId);
    case "gone":
      throw new Refusal(
        "gone",
        "Events after this cursor are not kept any more: take a snapshot, and go on with the cursor that it begins with",
      );
    case "ahead":
      throw new Refusal("invalid", "after: this cursor is not from here: take a snapshot, or begin without one");
  }
}

/** Reads everything a tenant has as of one moment, and where the events go on from there; the caller's pace is the pace. */
export async function takeSnapshot(
  deps: Deps,
  { tenantId, workspaceId }: Pick<Owner, "tenantId" | "workspaceId">,
  take: (part: SnapshotPart) => Promise<void>,
): Promise<void> {
  let outcome = await readSnapshot(deps.db, tenantId, take);
  // Events were switched on a moment ago; whoever wrote meanwhile is through in no time.
  for (let tries = 0; outcome.kind === "unready" && tries < READY_TRIES; tries += 1) {
    await settleStreams(deps.db, workspaceId);
    await setTimeout(READY_EVERY_MS);
    outcome = await readSnapshot(deps.db, tenantId, take);
  }
  switch (outcome.kind) {
    case "done":
      return;
    case "off":
      throw isOff(tenantId);
    case "unready":
      throw new Refusal("conflict", "Events were switched on a moment ago: try again in some seconds");
  }
}

function isOff(tenantId: string): Refusal {
  const fix = `PUT /api/v1/tenants/${tenantId}/event-stream with "enabled": true`;
  return new Refusal("conflict", `Tenant ${tenantId} has no events: ${fix}`);
}
