import type { RemoteUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, equalJson } from "@muster/scim";

/** What we know of the app's copy without asking. */
export type AccountLink = {
  userId: string;
  /** The person's externalId at their identity provider; tells a re-hire from somebody new. */
  externalId: string | null;
  remoteId: string | null;
  /** What the app was last seen to have. */
  applied: Attributes | null;
  /** The app's copy is uncertain: look before acting. */
  verify: boolean;
  /** Look-ups since an unknown create that found nothing. */
  lookups: number;
};

/** What a look at the app found. `conflict` means that the app refused a create because it has such a user. */
export type Observed =
  | { kind: "found"; remote: RemoteUser }
  | { kind: "missing"; conflict: boolean }
  | { kind: "ambiguous"; count: number };

/** Another account of this lane that the app knows under the userName that this person needs. */
export type NameHolder = {
  userId: string;
  remoteId: string;
  unfinished: boolean;
  deleted: boolean;
  externalId: string | null;
};

export type PlanPolicy = { onLeave: "deactivate" | "delete" | "leave"; adoption: "link" | "refuse" };

export type AccountPlan =
  | { kind: "none" }
  | { kind: "look" }
  | { kind: "wait"; delayMs: number; reason: string }
  | { kind: "create"; payload: Attributes }
  | { kind: "adopt"; remote: RemoteUser }
  | { kind: "takeOver"; from: { userId: string; remoteId: string } }
  | { kind: "update" | "deactivate" | "reactivate"; remoteId: string; from: Attributes | null; to: Attributes }
  | { kind: "delete"; remoteId: string }
  | { kind: "refuse"; reason: string };

export type PlanInput = {
  desired: DesiredAccount;
  link: AccountLink;
  policy: PlanPolicy;
  observed: Observed | null;
  holder: NameHolder | null;
  /** The guard keeps this person's access for now: no removal is planned, anything else is. */
  removalHeld?: boolean;
};

/** Look-ups that must find nothing before a create whose fate is unknown is repeated. */
export const LOOKUPS_BEFORE_CREATE = 3;
/** First settle delay between those look-ups; it doubles, because an app may show a new account late (F30). */
const SETTLE_MS = 2_000;

/**
 * Decides the next step that brings the app's copy closer to the desired account. Called again with what a step found,
 * until it says `none`, `wait` or `refuse`.
 *
 *   desired   linked   looked          step
 *   absent    no       -               none, or look when a create may have happened
 *   absent    yes      -               deactivate, delete or leave, as the policy says
 *   present   no       -               create; never an inactive one
 *   present   no       found, ours     adopt
 *   present   no       found, foreign  adopt when nobody owns it and the policy links; else refuse
 *   present   no       missing         wait and look again while a create may still show up; then create
 *   present   yes      equal           none
 *   present   yes      differs         update, deactivate or reactivate
 *   either    yes      held            as present and active, with the roles that were applied
 */
export function planAccount(input: PlanInput): AccountPlan {
  const desired = input.removalHeld === true ? keepAccess(input.desired, input.link) : input.desired;
  return desired.kind === "absent" ? planAbsent(input) : planPresent(input, desired);
}

function planAbsent({ link, policy, observed, removalHeld }: PlanInput): AccountPlan {
  if (link.remoteId === null) {
    if (!link.verify) return { kind: "none" };
    if (observed === null) return { kind: "look" };
    if (observed.kind === "found" && isOurs(observed.remote, link)) return { kind: "adopt", remote: observed.remote };
    return observed.kind === "missing" ? settle(link, { kind: "none" }) : { kind: "none" };
  }
  if (policy.onLeave === "leave") return { kind: "none" };
  if (link.verify && observed === null) return { kind: "look" };
  if (removalHeld === true) return { kind: "none" };
  if (policy.onLeave === "delete") return { kind: "delete", remoteId: link.remoteId };
  const known = observed?.kind === "found" ? seen(observed.remote, link.applied) : link.applied;
  if (known?.active === false) return { kind: "none" };
  return { kind: "deactivate", remoteId: link.remoteId, from: known, to: { ...known, active: false } };
}

function planPresent(input: PlanInput, desired: Extract<DesiredAccount, { kind: "present" }>): AccountPlan {
  const { link, observed } = input;
  if (link.remoteId === null) return planUnlinked(input, desired);
  if (link.verify && observed === null) return { kind: "look" };
  const known = observed?.kind === "found" ? mapped(observed.remote, desired.payload, link.applied) : link.applied;
  if (known !== null && equalJson(known, desired.payload)) return { kind: "none" };
  return {
    kind: stepKind(known, desired.active),
    remoteId: link.remoteId,
    from: known,
    to: desired.payload,
  };
}

function planUnlinked(input: PlanInput, desired: Extract<DesiredAccount, { kind: "present" }>): AccountPlan {
  const { link, policy, observed, holder } = input;
  if (holder !== null) return planHeldName(holder, link);
  if (link.verify && observed === null) return { kind: "look" };
  if (observed?.kind === "ambiguous") return refuseAmbiguous(observed.count);
  if (observed?.kind === "found") return planFound(observed.remote, link, policy);
  if (observed?.kind === "missing" && observed.conflict)
    return {
      kind: "refuse",
      reason: "The app says that this user exists already, but finds none by externalId or userName",
    };
  if (!desired.active) return link.verify ? settle(link, { kind: "none" }) : { kind: "none" };
  const create: AccountPlan = { kind: "create", payload: desired.payload };
  return link.verify ? settle(link, create) : create;
}

/** Somebody of ours has the name in the app: finish their work first, then take over what a former person left. */
function planHeldName(holder: NameHolder, link: AccountLink): AccountPlan {
  if (holder.unfinished)
    return { kind: "wait", delayMs: SETTLE_MS, reason: "Waits until the account that had this userName is dealt with" };
  const samePerson = holder.externalId === null || link.externalId === null || holder.externalId === link.externalId;
  if (holder.deleted && samePerson)
    return { kind: "takeOver", from: { userId: holder.userId, remoteId: holder.remoteId } };
  return {
    kind: "refuse",
    reason: "The app's account with this userName belongs to another person of this directory: decide whose it is",
  };
}

function planFound(remote: RemoteUser, link: AccountLink, policy: PlanPolicy): AccountPlan {
  if (isOurs(remote, link)) return { kind: "adopt", remote };
  if (remote.externalId !== null && remote.externalId !== "")
    return {
      kind: "refuse",
      reason: "The app has this userName with another externalId: somebody else manages that account",
    };
  if (policy.adoption === "refuse")
    return {
      kind: "refuse",
      reason: "The app has an account with this userName that Muster did not create; adoption is off",
    };
  return { kind: "adopt", remote };
}

const isOurs = (remote: RemoteUser, link: AccountLink): boolean => remote.externalId === link.userId;

function settle(link: AccountLink, then: AccountPlan): AccountPlan {
  const looked = link.lookups + 1;
  if (looked >= LOOKUPS_BEFORE_CREATE) return then;
  return {
    kind: "wait",
    delayMs: SETTLE_MS * 2 ** link.lookups,
    reason: "An earlier create got no answer; looking again before it is repeated",
  };
}

function refuseAmbiguous(count: number): AccountPlan {
  return { kind: "refuse", reason: `The app finds ${count} users for one person: remove all but one there` };
}

function stepKind(known: Attributes | null, active: boolean): "update" | "deactivate" | "reactivate" {
  if (!active && known?.active !== false) return "deactivate";
  if (active && known?.active === false) return "reactivate";
  return "update";
}

/** What we last applied, corrected by what the app shows: enough to decide about `active`. */
function seen(remote: RemoteUser, applied: Attributes | null): Attributes {
  const known: Attributes = { ...applied, active: remote.active ?? true };
  if (remote.userName !== null) known.userName = remote.userName;
  return known;
}

/** The part of the app's resource that we manage: what we want there or once put there. The rest is not ours (SB8). */
function mapped(remote: RemoteUser, payload: Attributes, applied: Attributes | null): Attributes {
  const managed: Attributes = {};
  for (const name of new Set([...Object.keys(payload), ...Object.keys(applied ?? {})])) {
    const value = remote.resource[name];
    if (value !== undefined) managed[name] = value;
  }
  if (payload.schemas !== undefined) managed.schemas = payload.schemas;
  if (remote.active !== null) managed.active = remote.active;
  return managed;
}

/**
 * What is desired while the guard keeps a person's access: what they are otherwise, active, with the roles that were
 * applied. Somebody of whom nothing else is known keeps what they have.
 */
function keepAccess(desired: DesiredAccount, link: AccountLink): DesiredAccount {
  const { applied } = link;
  if (link.remoteId === null || applied === null || desired.kind === "absent")
    return { kind: "absent", scope: { kind: "notAssigned" } };
  const { roles: _roles, ...payload } = desired.payload;
  const kept = applied["roles"] === undefined ? {} : { roles: applied["roles"] };
  return { ...desired, payload: { ...payload, ...kept, active: true }, active: true };
}
