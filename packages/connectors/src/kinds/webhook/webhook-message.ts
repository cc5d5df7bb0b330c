import { createHash } from "node:crypto";
import { uuidV7 } from "@muster/runtime";
import { type Attributes, isAttributes, type Json } from "@muster/scim";
import type { CallContext, UserChange } from "../../connector.ts";

/** What a receiver is told; `generation` counts the changes of one person, and is left out of what is about no person. */
export type WebhookMessage = { type: string; generation?: number; data: Attributes };

/** What has become of somebody, by what was known to be there and what should be. */
export function changeType({ from, to }: UserChange): "user.updated" | "user.deactivated" | "user.reactivated" {
  const [was, is] = [from?.["active"], to["active"]];
  if (is === false && was !== false) return "user.deactivated";
  return is === true && was === false ? "user.reactivated" : "user.updated";
}

/** A message about a person, with the change that it belongs to. */
export function userMessage(
  type: string,
  about: { id: string; user?: Attributes },
  { subject }: CallContext,
): WebhookMessage {
  const externalId = subject?.userId ?? null;
  return { type, ...(subject === undefined ? {} : { generation: subject.generation }), data: { externalId, ...about } };
}

/**
 * The id of a message: the same for the same message of the same change, so that a receiver can drop what it has had. Groups have no
 * such count, and what is said of them may be said twice without harm, so each of those messages is another. The day is part of it
 * because somebody who comes and goes by dates is told of twice in the same words, without a change that anybody made.
 */
export function messageId(message: WebhookMessage, now: Date): string {
  if (message.generation === undefined) return `msg_${uuidV7()}`;
  const said = JSON.stringify([message, now.toISOString().slice(0, 10)], inOrder);
  return `msg_${createHash("sha256").update(said).digest("hex").slice(0, 40)}`;
}

/** In which order a message names its parts says nothing. */
const inOrder = (_name: string, value: Json): Json =>
  isAttributes(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value;
