import type { DialReply } from "@muster/runtime";
import { describe, expect, it } from "vitest";
import { readWebhookReply, webhookRetryMs, webhookVerdict } from "./webhook-reply.ts";

const reply = (status: number, headers: Record<string, string> = {}, body = ""): DialReply => ({
  kind: "reply",
  status,
  headers,
  body,
});
const DAY_MS = 86_400_000;

describe("L1: what an answer to a webhook means", () => {
  it.each([
    [200, "taken"],
    [204, "taken"],
    [299, "taken"],
    [301, "failed"],
    [400, "failed"],
    [404, "failed"],
    [410, "gone"],
    [429, "failed"],
    [500, "failed"],
  ])("%i is %s", (status, kind) => {
    expect(readWebhookReply(reply(status), 0).kind).toBe(kind);
  });

  it("V71: what the receiver said is not kept, nor a type that is none", () => {
    const said = readWebhookReply(reply(500, { "content-type": "text/html; charset=x" }, "Ada's password"), 0);
    const odd = readWebhookReply(reply(500, { "content-type": "<script>" }), 0);

    expect(said).toMatchObject({ detail: "answered 500 (text/html, 14 characters)" });
    expect(odd).toMatchObject({ detail: "answered 500 (no type, 0 characters)" });
  });

  it("a receiver that asks for a pause gets it, within bounds", () => {
    const failed = readWebhookReply(reply(503, { "retry-after": "120" }), 0);

    expect(failed).toMatchObject({ kind: "failed", retryAfterMs: 120_000 });
    expect(webhookRetryMs({ attempts: 1, retryAfterMs: 120_000, random: 0.5 })).toBe(120_000);
    expect(webhookRetryMs({ attempts: 1, retryAfterMs: DAY_MS, random: 0.5 })).toBe(3_600_000);
    expect(webhookRetryMs({ attempts: 1, retryAfterMs: null, random: 1 })).toBe(5_000);
  });

  it.each([
    { failingForMs: DAY_MS, tookOthers: false, verdict: "retry" },
    { failingForMs: 3 * DAY_MS, tookOthers: true, verdict: "giveUp" },
    { failingForMs: 3 * DAY_MS, tookOthers: false, verdict: "disable" },
  ])("an event that fails for $failingForMs ms, others taken: $tookOthers: $verdict", ({ verdict, ...input }) => {
    expect(webhookVerdict({ ...input, giveUpAfterMs: 3 * DAY_MS })).toBe(verdict);
  });
});
