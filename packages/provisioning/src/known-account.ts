import { type AppAt, appOf, isChangeable, type RemoteUser } from "@muster/connectors";
import type { Attributes } from "@muster/scim";

/** What we last applied, corrected by what the app shows: enough to decide about `active` and whose the name is. */
export function seen(remote: RemoteUser, applied: Attributes | null, at: AppAt): Attributes {
  const known: Attributes = { ...applied, active: shownActive(remote, applied, at) ?? true };
  if (remote.userName !== null) known.userName = remote.userName;
  return known;
}

/** The part of the app's resource that we manage: what we want there or once put there. The rest is not ours (SB8). */
export function mapped(remote: RemoteUser, payload: Attributes, applied: Attributes | null, at: AppAt): Attributes {
  const managed: Attributes = {};
  for (const name of new Set([...Object.keys(payload), ...Object.keys(applied ?? {})])) {
    const value = remote.resource[name];
    if (value !== undefined) managed[name] = value;
  }
  if (payload.schemas !== undefined) managed.schemas = payload.schemas;
  const active = shownActive(remote, applied, at);
  if (active !== null) managed.active = active;
  return managed;
}

/** Where a new account reads inactive for a while, only what we made inactive is (SB25). */
function shownActive(remote: RemoteUser, applied: Attributes | null, at: AppAt): boolean | null {
  const { pending } = appOf(at).users;
  return pending !== null && remote.active === false ? applied?.active !== false : remote.active;
}

/** What is desired, but for attributes that the app does not let be changed: those stay as they are known to be. */
export function attainable(known: Attributes | null, payload: Attributes, at: AppAt): Attributes {
  const { changeable } = appOf(at).users;
  if (known === null || changeable.kind === "all") return payload;
  const isFree = ([name]: [string, unknown]): boolean => isChangeable(name, changeable);
  const fixed = Object.entries(known).filter((entry) => !isFree(entry));
  return Object.fromEntries([...fixed, ...Object.entries(payload).filter(isFree)]);
}

/** Whether an account that is not linked can be found; where not, nobody can say either whether there is a second one. */
export function canSearch(at: AppAt): boolean {
  return Object.keys(appOf(at).users.lookups).length > 0;
}
