import { type Attributes, type Json, patchOpUrn, userUrn } from "@muster/scim";
import type { UserChange } from "../../connector.ts";
import { isChangeable } from "../../profiles/is-changeable.ts";
import type { UpdateMethod, UserAbilities } from "../../profiles/target-profile.ts";
import { diffUser, type PatchOperation } from "./diff-user.ts";

export type UserRequest = { method: "PATCH" | "PUT"; body: Attributes };

/** The requests that change an account, in their order; none when nothing that the app lets be changed is different. */
export function userRequests(
  remoteId: string,
  change: UserChange,
  how: { updateMethod: UpdateMethod; users: UserAbilities },
): UserRequest[] {
  const { users } = how;
  const { updateBy, changeable, activeApart } = users;
  const method = updateBy.includes(how.updateMethod) ? how.updateMethod : updateBy[0];
  if (activeApart) return apart(remoteId, change, users);
  const operations = diffUser(change.from ?? {}, change.to).filter(({ path }) => isChangeable(path, changeable));
  if (method === "patch") return operations.length === 0 ? [] : [toPatch(operations)];
  return [toPut(remoteId, change.to)];
}

function apart(remoteId: string, change: UserChange, users: UserAbilities): UserRequest[] {
  const operations = diffUser(change.from ?? {}, change.to).filter(({ path }) => isChangeable(path, users.changeable));
  const removes = users.deactivate.effect === "removed";
  // Where an inactive account is removed, one that is there is active.
  const active = operations.filter(({ path }) => path === "active" && !(removes && change.to["active"] === true));
  const isLast = removes && active.length > 0;
  const needsPut = !isLast && operations.some(({ path }) => path !== "active");
  const { active: _active, ...to } = change.to;
  return [...(active.length === 0 ? [] : [toPatch(active)]), ...(needsPut ? [toPut(remoteId, to)] : [])];
}

function toPatch(operations: PatchOperation[]): UserRequest {
  const value: Json[] = operations;
  return { method: "PATCH", body: { schemas: [patchOpUrn], Operations: value } };
}

function toPut(remoteId: string, to: Attributes): UserRequest {
  return { method: "PUT", body: { ...to, schemas: schemasOf(to), id: remoteId } };
}

/** The schemas that a payload names, else those that its attributes belong to. */
export function schemasOf(payload: Attributes): Json {
  const given = payload["schemas"];
  if (Array.isArray(given) && given.length > 0) return given;
  return [userUrn, ...Object.keys(payload).filter((name) => name.includes(":"))];
}
