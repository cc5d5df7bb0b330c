import type { Keyring } from "@muster/credentials";
import { type Clock, type CrashPoints, type Dialer, type Logger, signWebhook, uuidV7 } from "@muster/runtime";
import {
  type Database,
  disableWebhookLanes,
  type EventPage,
  type EventPosition,
  type EventRecord,
  getWebhookLane,
  getWebhookSecrets,
  insertNotice,
  insertWorkspaceAudit,
  inTenant,
  type LaneLease,
  listWebhooks,
  lockLane,
  moveWebhookLane,
  nextRedelivery,
  noteWebhookSuccess,
  readEvents,
  recordDelivery,
  releaseLane,
  type Statements,
  settleStreams,
  updateWebhook,
  type WebhookLane,
  type WebhookLaneState,
  type WebhookRecord,
} from "@muster/store";
import { viewEvent } from "./event-view.ts";
import { type HeldLane, holdLane, LeaseLost } from "./lane-lease.ts";
import { readWebhookReply, type WebhookReply, webhookRetryMs, webhookVerdict } from "./webhook-reply.ts";
import { openWebhookSecrets } from "./webhooks.ts";

export type WebhookDeps = {
  db: Database;
  dialer: Dialer;
  keyring: Keyring;
  crash: CrashPoints;
  clock: Clock;
  logger: Logger;
  random(): number;
  /** Names this process in leases. */
  owner: string;
  timing: {
    leaseMs: number;
    callMs: number;
    sliceMs: number;
    /** How long one event may fail before it is given up, or its webhook disabled. */
    giveUpAfterMs: number;
  };
  onDelivery?(outcome: "delivered" | "failed"): void;
};

/** Events read at a time: each is a call of its own, so more would only wait in memory. */
const READ_AT_ONCE = 50;
/** How soon a lane looks again that waits for an older transaction to end. */
const LOOK_AGAIN_MS = 100;

type Session = {
  deps: WebhookDeps;
  at: WebhookLane;
  held: HeldLane;
  lease: LaneLease;
  webhook: WebhookRecord;
  secrets: readonly string[];
  state: WebhookLaneState;
};

/** What to send next, and what it means for the lane once it was. */
type Message = {
  id: string;
  event: EventRecord | null;
  type: string;
  body: string;
  position: EventPosition | null;
  spentId: string | null;
};

/** How a slice ended: when the lane is due again, and whether its webhook is disabled. */
type SliceEnd = { dueInMs: number | null; disabled: boolean };

/**
 * Tells one webhook of one tenant's events for a time slice: what was asked for out of turn first, then the events in their order,
 * one after the other. The lane moves on with the record of each; a worker that dies between call and record has the next one
 * call again, with the same `webhook-id`.
 */
export async function drainWebhook(deps: WebhookDeps, at: WebhookLane, signal: AbortSignal): Promise<void> {
  const held = await holdLane(deps, at.laneId, { owner: deps.owner, leaseMs: deps.timing.leaseMs });
  if (held === undefined) return;
  try {
    const session = await openSession(deps, at, held);
    const end = session === undefined ? { dueInMs: null, disabled: true } : await workSlice(session, signal);
    await release(deps, at, held.lease, end);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    deps.logger.warn({ laneId: at.laneId, epoch: held.lease.epoch }, "Lost a webhook's lane to another worker");
  } finally {
    await held.close();
  }
}

async function openSession(deps: WebhookDeps, at: WebhookLane, held: HeldLane): Promise<Session | undefined> {
  const { workspaceId, webhookId, tenantId } = at;
  const found = await inTenant(
    deps.db,
    tenantId,
    async (tx) => ({
      webhook: (await listWebhooks(tx, workspaceId, { id: webhookId, limit: 1 }))[0],
      secrets: await getWebhookSecrets(tx, workspaceId, webhookId),
      state: await getWebhookLane(tx, tenantId, webhookId),
    }),
    workspaceId,
  );
  const { webhook, secrets, state } = found;
  if (webhook?.state !== "enabled" || secrets === undefined || state === undefined) return undefined;
  return { deps, at, held, lease: held.lease, webhook, secrets: openWebhookSecrets(deps.keyring, at, secrets), state };
}

async function workSlice(session: Session, signal: AbortSignal): Promise<SliceEnd> {
  const { deps } = session;
  const endsAtMs = deps.clock.monotonicMs() + deps.timing.sliceMs;
  let page: EventPage | undefined;
  let queue: Message[] = [];
  while (!signal.aborted && deps.clock.monotonicMs() < endsAtMs) {
    let message = (await outOfTurn(session)) ?? queue.shift();
    if (message === undefined) {
      if (page !== undefined && !page.hasMore) return { dueInMs: null, disabled: false };
      page = await readNext(session);
      queue = page.events.map((event) => inTurn(session, event));
      message = queue.shift();
    }
    if (message === undefined) continue;
    const end = await tell(session, message, signal);
    if (end !== null) return end;
  }
  return { dueInMs: 0, disabled: false };
}

async function outOfTurn({ deps, at, webhook }: Session): Promise<Message | undefined> {
  const asked = await inTenant(deps.db, at.tenantId, (tx) => nextRedelivery(tx, at.tenantId, webhook.id));
  if (asked === undefined) return undefined;
  const { id, event } = asked;
  if (event !== null) return { ...toMessage(at.tenantId, event), position: null, spentId: id };
  const type = "webhook.test";
  const body = JSON.stringify({ type, timestamp: deps.clock.now().toISOString(), data: { tenantId: at.tenantId } });
  return { id, event: null, type, body, position: null, spentId: id };
}

function inTurn({ at }: Session, event: EventRecord): Message {
  return { ...toMessage(at.tenantId, event), position: event.position, spentId: null };
}

function toMessage(tenantId: string, event: EventRecord): Pick<Message, "id" | "event" | "type" | "body"> {
  const data = viewEvent(tenantId, event);
  return {
    id: event.id,
    event,
    type: event.type,
    body: JSON.stringify({ type: data.type, timestamp: data.time, data }),
  };
}

/** Reads on from where the lane is, and moves it past what its webhook does not want. */
async function readNext(session: Session): Promise<EventPage> {
  const { deps, at, lease, webhook, state } = session;
  const wanted = { types: webhook.types, appId: webhook.appId, limit: READ_AT_ONCE };
  const reading = await inTenant(deps.db, at.tenantId, async (tx) => {
    const read = await readEvents(tx, at.tenantId, state.position, wanted);
    // Events that were purged are told of by a notice; the lane goes on with what is kept.
    if (read.kind !== "gone") return read;
    return await readEvents(tx, at.tenantId, null, wanted);
  });
  if (reading.kind === "unsettled") {
    await settleStreams(deps.db, at.workspaceId);
    return { events: [], next: state.position, hasMore: true, waiting: false };
  }
  if (reading.kind !== "read") return { events: [], next: state.position, hasMore: false, waiting: false };
  const { page } = reading;
  if (page.events.length === 0 && !isSame(page.next, state.position)) {
    await inTenant(deps.db, at.tenantId, (tx) => moveWebhookLane(tx.last, lease, page.next));
    state.position = page.next;
  }
  return page;
}

const isSame = (one: EventPosition, other: EventPosition): boolean =>
  one.place === other.place && one.seq === other.seq && one.snapshot === other.snapshot;

/** Sends one message and records what came of it; null when the lane may go on. */
async function tell(session: Session, message: Message, signal: AbortSignal): Promise<SliceEnd | null> {
  const { deps, held, webhook, secrets } = session;
  held.assertTime(deps.timing.callMs);
  const startedAtMs = deps.clock.monotonicMs();
  const timestampS = Math.floor(deps.clock.now().getTime() / 1_000);
  deps.crash("before-webhook");
  const reply = await deps.dialer.request({
    url: webhook.url,
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "Muster-Webhooks",
      ...signWebhook(secrets, { id: message.id, timestampS, body: message.body }),
    },
    body: message.body,
    signal,
    timeoutMs: deps.timing.callMs,
  });
  deps.crash("webhook-sent");
  // Told to stop: whether it arrived is not known, so it is sent again.
  if (reply.kind === "failed" && reply.code === "aborted") return { dueInMs: 0, disabled: false };
  const outcome = readWebhookReply(reply, deps.clock.now().getTime());
  deps.onDelivery?.(outcome.kind === "taken" ? "delivered" : "failed");
  const durationMs = Math.round(deps.clock.monotonicMs() - startedAtMs);
  return await inTenant(
    deps.db,
    session.at.tenantId,
    (tx) => record(session, tx, message, { outcome, durationMs }),
    session.at.workspaceId,
  );
}

async function record(
  session: Session,
  tx: Statements,
  message: Message,
  { outcome, durationMs }: { outcome: WebhookReply; durationMs: number },
): Promise<SliceEnd | null> {
  const { deps, at, lease, state, webhook } = session;
  const number = state.attempts + 1;
  const taken = outcome.kind === "taken";
  // A test is sent once, whatever comes of it.
  const isTest = message.event === null;
  const verdict = taken || isTest ? "retry" : verdictOf(session, outcome);
  const through = taken || isTest || verdict === "giveUp";
  const attempts = through ? (isTest ? state.attempts : 0) : number;
  const isHeld = await recordDelivery(tx, lease, webhook.id, {
    delivery: {
      id: uuidV7(),
      eventId: message.event?.id ?? null,
      type: message.type,
      outcome: taken ? "delivered" : verdict === "giveUp" ? "givenUp" : "failed",
      status: outcome.status,
      detail: taken ? null : outcome.detail,
      durationMs,
      number: isTest ? 1 : number,
    },
    position: through ? message.position : null,
    spentId: through ? message.spentId : null,
    attempts,
  });
  if (!isHeld) throw new LeaseLost("The fence refused the record of a webhook");
  state.attempts = attempts;
  if (through && message.position !== null) state.position = message.position;
  if (taken) await noteWebhookSuccess(tx, at.workspaceId, webhook.id);
  if (verdict === "disable") {
    await disable(tx, session, taken ? "" : outcome.detail);
    return { dueInMs: null, disabled: true };
  }
  if (through) return null;
  const retryAfterMs = outcome.kind === "failed" ? outcome.retryAfterMs : null;
  return { dueInMs: webhookRetryMs({ attempts, retryAfterMs, random: deps.random() }), disabled: false };
}

function verdictOf({ deps, state, webhook }: Session, outcome: WebhookReply): "retry" | "giveUp" | "disable" {
  if (outcome.kind === "gone") return "disable";
  const { failingSince, failingForMs } = state;
  const { lastSuccessAt } = webhook;
  const tookOthers = failingSince !== null && lastSuccessAt !== null && lastSuccessAt > failingSince;
  return webhookVerdict({ failingForMs, giveUpAfterMs: deps.timing.giveUpAfterMs, tookOthers });
}

async function disable(tx: Statements, { at, webhook }: Session, detail: string): Promise<void> {
  const { workspaceId, tenantId } = at;
  await updateWebhook(tx, workspaceId, webhook.id, { state: "disabled", stateReason: detail });
  await disableWebhookLanes(tx, workspaceId, webhook.id, true);
  await insertWorkspaceAudit(tx, workspaceId, { actor: "system", action: "webhook.disable", target: webhook.id });
  await insertNotice(tx, tenantId, {
    kind: "webhook.disabled",
    subject: webhook.id,
    message: `Webhook ${webhook.id} is disabled: it ${detail}. Events are kept; mend the receiver, then enable it and it goes on where it was`,
  });
}

async function release(deps: WebhookDeps, at: WebhookLane, lease: LaneLease, end: SliceEnd): Promise<void> {
  const { disabled } = end;
  await inTenant(deps.db, lease.tenantId, async (tx) => {
    if (!(await lockLane(tx, lease))) return;
    // What is not shown yet, or was asked for, or came, since the last look and whose mark a sweep took: that is seen only under the lock.
    const lane = disabled ? undefined : await getWebhookLane(tx, at.tenantId, at.webhookId);
    const isBehind = lane !== undefined && (lane.behind || lane.asked);
    await releaseLane(tx.last, lease, {
      dueInMs: end.dueInMs ?? (isBehind ? LOOK_AGAIN_MS : null),
      removal: false,
      removalAgeMs: null,
      hold: null,
      failures: 0,
      stuck: false,
      quarantined: false,
      disabled,
      probes: 0,
      ramp: null,
      recent: [],
    });
  });
}
