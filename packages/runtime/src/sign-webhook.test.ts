import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createWebhookSecret, signWebhook } from "./sign-webhook.ts";

const body = JSON.stringify({ type: "user.created", data: { userName: "ångström 👀" } });
const message = { id: "018f7f6a-1c00-7000-8000-000000000001", timestampS: Math.floor(Date.now() / 1_000), body };

describe("L1: a signature", () => {
  it("verifies with the library that receivers use, under each secret in force and no other", () => {
    const [newest, before, other] = [createWebhookSecret(), createWebhookSecret(), createWebhookSecret()];

    const headers = signWebhook([newest, before], message);

    expect(new Webhook(newest).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(before).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(other).verify(body, headers)).toThrow();
    expect(() => new Webhook(newest).verify(`${body} `, headers)).toThrow();
    expect(headers["webhook-signature"]).toBe(
      `${new Webhook(newest).sign(message.id, new Date(message.timestampS * 1_000), body)} ` +
        new Webhook(before).sign(message.id, new Date(message.timestampS * 1_000), body),
    );
  });
});
