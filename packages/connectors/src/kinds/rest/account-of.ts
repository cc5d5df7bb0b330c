import { isAttributes, type Json } from "@muster/scim";
import { isRemoteId } from "../../call/parse-json.ts";
import type { RemoteUser } from "../../connector.ts";
import { type Evaluate, TemplateError } from "./evaluate.ts";
import type { RestTemplate } from "./rest-template.ts";

/** Reads an account as the template says; null where what the app gave is none, or has no id. */
export function toAccount(evaluate: Evaluate, { account }: RestTemplate, item: Json): RemoteUser | null {
  let made: Json;
  try {
    made = evaluate("account", account, { item });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return null;
  }
  if (!isAttributes(made)) return null;
  const remoteId = textOf(made["id"]);
  if (remoteId === null || !isRemoteId(remoteId)) return null;
  const { active } = made;
  // What the app does not have says nothing.
  const resource = Object.fromEntries(Object.entries(made).filter(([, value]) => value !== null));
  return {
    remoteId,
    externalId: textOf(made["externalId"]),
    userName: textOf(made["userName"]),
    active: typeof active === "boolean" ? active : null,
    resource,
  };
}

function textOf(value: Json | undefined): string | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null;
  return typeof value === "string" ? value : null;
}
