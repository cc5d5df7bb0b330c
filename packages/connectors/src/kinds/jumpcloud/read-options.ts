import { isAttributes, type Json } from "@muster/scim";
import type { ReadOptions } from "../kind.ts";

/** An organisation's id, as JumpCloud's settings show it. */
const ORGANIZATION = /^[0-9a-f]{24}$/i;

/** Reads what a target of this kind has of its own: the organisation, for keys that open more than one. */
export function readJumpCloudOptions(given: Json): ReadOptions {
  if (given === null) return { kind: "read", options: null };
  if (!isAttributes(given)) return { kind: "refused", problem: "target.options: must be an object" };
  const { organizationId = null, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return { kind: "refused", problem: `target.options.${unknown}: a JumpCloud target has organizationId alone` };
  if (organizationId === null) return { kind: "read", options: null };
  return typeof organizationId === "string" && ORGANIZATION.test(organizationId)
    ? { kind: "read", options: { organizationId } }
    : {
        kind: "refused",
        problem: "target.options.organizationId: must be the 24 hexadecimal digits of JumpCloud's organization id",
      };
}

/** The organisation that every request is about; null for the only one that the key opens. */
export function organizationOf(options: Json | undefined): string | null {
  const organizationId = isAttributes(options ?? null) ? (options as { organizationId?: Json }).organizationId : null;
  return typeof organizationId === "string" ? organizationId : null;
}
