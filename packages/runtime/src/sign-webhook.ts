import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/** Makes a webhook's secret in the spelling of Standard Webhooks. */
export function createWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

export type SignedMessage = { id: string; timestampS: number; body: string };

/** Makes the headers of a message: one signature for each secret that is in force, so that either may verify it. */
export function signWebhook(secrets: readonly string[], message: SignedMessage): Record<string, string> {
  const { id, timestampS, body } = message;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestampS}.${body}`).digest("base64")}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signatures.join(" "),
  };
}
