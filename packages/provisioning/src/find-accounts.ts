import type { CallOutcome, RemoteUser, UserLookup } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, isAttributes } from "@muster/scim";
import type { MatchAttribute, Observed } from "./account-plan.ts";
import type { AccountWork, Failure, NamesThere } from "./account-result.ts";
import { mayHaveTwin } from "./twin-watch.ts";

export type FindUsers = (by: UserLookup) => Promise<CallOutcome<RemoteUser[]>>;

export type FindDeps = {
  findUsers: FindUsers;
  linkedToOthers(userId: string, remoteIds: readonly string[]): Promise<ReadonlySet<string>>;
};

/**
 * Looks for a person's account in the app: by each attribute in the connection's order, until one finds something. Our own
 * externalId and the userName are always among them, because an account that we may have made ourselves must be found. An
 * account that is linked to another person of ours is never what was looked for. `conflict` says that the app has refused a
 * create; `beside`, that one is to be made beside those of the same e-mail address.
 */
export async function findAccounts(
  deps: FindDeps,
  work: AccountWork,
  look: { conflict: boolean; beside: boolean },
): Promise<Observed | { kind: "failed"; failure: Failure }> {
  const { userId } = work.account;
  // Nobody loses an account because somebody of their name has left here.
  const isOurs = (user: RemoteUser) => user.externalId === userId;
  let anyLinked = false;
  for (const attribute of lookupOrder(work.policy.adoption.match)) {
    if (attribute === "email" && look.beside) continue;
    // Whoever has a value that was one of several to choose from is somebody else.
    if (isChoice(attribute, work.desired)) continue;
    const answer = await findBy(deps, attribute, lookupValues(attribute, work));
    if (answer.kind === "failed") return answer;
    const isCertain = attribute === "externalId" || work.desired.kind === "present";
    const users = isCertain ? answer.users : answer.users.filter(isOurs);
    const remoteIds = users.map((user) => user.remoteId);
    // Also one that bears this person's externalId: a late write may have put it on an account that another has taken over.
    const linked = remoteIds.length === 0 ? new Set<string>() : await deps.linkedToOthers(userId, remoteIds);
    anyLinked ||= linked.size > 0;
    const [first, ...others] = users.filter((user) => !linked.has(user.remoteId));
    if (first === undefined) continue;
    const all = [first, ...others];
    // Both are ours when a create was left behind: one is kept, and one that is active before one that is not.
    if (others.length > 0 && mayHaveTwin(work.account.twinForMs) && all.every((user) => user.externalId === userId)) {
      const remote = all.find((user) => user.active !== false) ?? first;
      return { kind: "found", remote, by: attribute, twins: all.filter((user) => user !== remote) };
    }
    if (others.length > 0) return { kind: "ambiguous", count: all.length, remotes: all };
    return { kind: "found", remote: first, by: attribute };
  }
  return { kind: anyLinked ? "linked" : "missing", conflict: look.conflict };
}

type Found = { kind: "found"; users: RemoteUser[] } | { kind: "failed"; failure: Failure };

async function findBy(deps: FindDeps, attribute: MatchAttribute, values: readonly string[]): Promise<Found> {
  const users = new Map<string, RemoteUser>();
  for (const value of values) {
    const answer = await deps.findUsers({ attribute, value });
    // An app that cannot search by this has found none; by userName every app can.
    if (answer.kind === "permanent" && attribute !== "userName") continue;
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    for (const user of answer.value) users.set(user.remoteId, user);
  }
  return { kind: "found", users: [...users.values()] };
}

function isChoice(attribute: MatchAttribute, desired: DesiredAccount): boolean {
  if (desired.kind === "absent") return false;
  const name = attribute === "email" ? "emails" : attribute;
  return desired.candidates.some(({ target }) => target === name || target.startsWith(`${name}[`));
}

function lookupOrder(match: readonly MatchAttribute[]): MatchAttribute[] {
  const ours: MatchAttribute[] = ["externalId", "userName"];
  return [...new Set<MatchAttribute>(["externalId", ...match, ...ours])];
}

/** Whoever leaves is looked for as they would be called there, by a mapping perhaps otherwise than here. */
function lookupValues(attribute: MatchAttribute, { account, desired, namesThere }: AccountWork): readonly string[] {
  if (attribute === "externalId") return [account.userId];
  const names = desired.kind === "present" ? namesIn(desired.payload) : namesThere?.();
  if (names === undefined) return [];
  if (attribute === "userName") return names.userNames;
  return names.email === null ? [] : [names.email];
}

function namesIn(payload: Attributes): NamesThere {
  const { userName } = payload;
  return { userNames: typeof userName === "string" ? [userName] : [], email: primaryEmail(payload) };
}

/** The address that a person is found by: the primary one, else the first. */
export function primaryEmail(payload: Attributes): string | null {
  const addresses = emailsOf(payload);
  return (addresses.find((email) => email.primary === true) ?? addresses[0])?.value ?? null;
}

/** Every e-mail address of a resource, with whether it is the primary one. */
export function emailsOf(resource: Attributes): { value: string; primary: boolean }[] {
  const { emails } = resource;
  if (!Array.isArray(emails)) return [];
  return emails.flatMap((email) =>
    isAttributes(email) && typeof email.value === "string"
      ? [{ value: email.value, primary: email.primary === true }]
      : [],
  );
}
