import { type Operation, operations } from "@muster/contract";
import type { PortalRights, Role } from "@muster/store";
import { leastRole, mayByRole } from "./member-rights.ts";
import { mayByLink } from "./portal-rights.ts";

/** What holds whoever asks: their role, or what the link that they came by is for. */
export type Rights = { role: Role } | { link: PortalRights };

const BEYOND_LINK = "The link by which you came in does not allow this: ask whoever gave it to you";

/** Tells whether somebody may use an operation. */
export function may(rights: Rights, operationId: string): boolean {
  return "link" in rights ? mayByLink(rights.link, operationId) : mayByRole(rights.role, operationId);
}

/** Why somebody may not use an operation, and what to do about it. */
export function whyNot(rights: Rights, operationId: string): string {
  if ("link" in rights) return BEYOND_LINK;
  const least = leastRole(operationId) ?? "owner";
  return `This needs the role ${least}${least === "owner" ? "" : " or more"}, and yours is ${rights.role}: ask an owner of this workspace`;
}

/** Everything that somebody may use, as `GET /api/v1/tenants/{tenantId}`. */
export function mayAll(rights: Rights): string[] {
  return Object.values<Operation>(operations)
    .filter(({ id }) => may(rights, id))
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
}
