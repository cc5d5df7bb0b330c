import { isAttributes, type Json } from "@muster/scim";
import type { ReadOptions } from "../kind.ts";

/** What counts as done: any 2xx, or only an answer that says whose account it is about and how it is now. */
type Acknowledgement = "status" | "account";

const ALL: readonly Acknowledgement[] = ["status", "account"];

/** Reads what a webhook target has besides its address and its secret. */
export function readWebhookOptions(given: Json): ReadOptions {
  if (given !== null && !isAttributes(given)) return refused("target.options: it must be an object");
  const { acknowledgement = "status", ...others } = given ?? {};
  const [other] = Object.keys(others);
  if (other !== undefined) return refused(`target.options.${other}: there is no such option of a webhook`);
  if (!ALL.some((one) => one === acknowledgement))
    return refused(`target.options.acknowledgement: it must be one of ${ALL.join(", ")}`);
  return { kind: "read", options: { acknowledgement } };
}

const refused = (problem: string): ReadOptions => ({ kind: "refused", problem });

/** The acknowledgement that stored options ask for. */
export function acknowledgementOf(options: Json | undefined): Acknowledgement {
  return isAttributes(options ?? null) && (options as { acknowledgement?: Json }).acknowledgement === "account"
    ? "account"
    : "status";
}
