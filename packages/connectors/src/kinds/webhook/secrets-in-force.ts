import type { SignatureAuth } from "../../target-auth.ts";

/** The secrets that sign at this moment: the present one, and the one before it while it is still in force. */
export function secretsInForce({ secret, former }: SignatureAuth, now: Date): string[] {
  return former !== undefined && Date.parse(former.until) > now.getTime() ? [secret, former.secret] : [secret];
}
