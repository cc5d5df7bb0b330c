import { parseRetryAfter } from "@muster/connectors";
import type { DialReply } from "@muster/runtime";
import { retryAfter, throttleHold } from "./retry-policy.ts";

/** What an answer to a webhook means. What the answer said is not kept: it may hold what is nobody's business. */
export type WebhookReply =
  | { kind: "taken"; status: number }
  /** The receiver wants nothing more, for good. */
  | { kind: "gone"; status: number; detail: string }
  | { kind: "failed"; status: number | null; detail: string; retryAfterMs: number | null };

/** Any 2xx is success, 410 is the end, everything else another try, redirects too: they are not followed. */
export function readWebhookReply(reply: DialReply, nowMs: number): WebhookReply {
  if (reply.kind === "failed")
    return {
      kind: "failed",
      status: reply.status,
      detail: `no answer (${reply.code}): ${reply.detail}`,
      retryAfterMs: null,
    };
  const { status, headers, body } = reply;
  if (status >= 200 && status < 300) return { kind: "taken", status };
  const type = [headers["content-type"] ?? "no type"].flat()[0]?.split(";")[0]?.slice(0, 60) ?? "";
  const detail = `answered ${status} (${/^[\w.+/-]+$/.test(type) ? type : "no type"}, ${body.length} characters)`;
  if (status === 410) return { kind: "gone", status, detail };
  return { kind: "failed", status, detail, retryAfterMs: parseRetryAfter(headers["retry-after"], nowMs) };
}

/** When a failed event is tried again: by the published schedule, or later when the receiver asks for it. */
export function webhookRetryMs(input: { attempts: number; retryAfterMs: number | null; random: number }): number {
  const { dueInMs } = retryAfter({ attempts: input.attempts, removal: false, random: input.random });
  return input.retryAfterMs === null ? dueInMs : Math.max(dueInMs, throttleHold(input.retryAfterMs).ms);
}

/** A failing event's next step: another try; given up, because others got through since; or nothing gets through at all. */
export function webhookVerdict(input: {
  failingForMs: number;
  giveUpAfterMs: number;
  /** Whether the webhook took anything since this event fails. */
  tookOthers: boolean;
}): "retry" | "giveUp" | "disable" {
  if (input.failingForMs < input.giveUpAfterMs) return "retry";
  return input.tookOthers ? "giveUp" : "disable";
}
