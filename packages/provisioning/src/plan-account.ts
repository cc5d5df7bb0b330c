import { appOf, type RemoteUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, equalJson } from "@muster/scim";
import type {
  AccountLink,
  AccountPlan,
  Decision,
  MatchAttribute,
  NameHolder,
  Observed,
  PlanInput,
} from "./account-plan.ts";
import { attainable, canSearch, mapped, seen } from "./known-account.ts";
import { deletionDueMs } from "./leave-schedule.ts";
import { askFirst, askOfNew } from "./plan-approval.ts";
import { forbiddenReason } from "./plan-policy.ts";
import { type Present, unfitReason } from "./unfit-reason.ts";

/** Look-ups that must find nothing before a create whose fate is unknown is repeated. */
export const LOOKUPS_BEFORE_CREATE = 3;
/** First settle delay between those look-ups; it doubles, because an app may show a new account late (F30). */
const SETTLE_MS = 2_000;

/**
 * Decides the next step that brings the app's copy closer to the desired account. Called again with what a step found,
 * until it says `none`, `wait`, `refuse`, `gated`, `waitlisted`, `unapproved`, `forbidden` or
 * `unfit`.
 *
 *   desired   linked   looked          step
 *   absent    no       -               none, or look when a create may have happened
 *   absent    yes      -               deactivate, delete or leave, as the policy says
 *   present   no       -               create, never an inactive one; look first when it may match by e-mail or may not be created
 *   present   no       found, ours     adopt
 *   present   no       found, foreign  adopt when nobody owns it and the policy links, or somebody decided so; else refuse
 *   present   no       missing         wait and look again while a create may still show up; then create
 *   present   yes      equal           none
 *   present   yes      differs         update, deactivate or reactivate
 *   present   no       gated           nothing is sent
 *   present   any      seatless        nothing is sent where an account would be made, adopted or made active
 *   either    any      unapproved      nothing is sent, but a create without an answer is looked up, and roles that only go, go
 *   either    yes      held            as present and active, with the roles that were applied
 *   present   any      unfit           nothing is sent, but access that should end does
 *   either    any      twins           retire them first: delete or deactivate, as the policy says
 *
 * Where the app cannot be read back or searched nothing is looked at: what is uncertain is sent again, and a create whose end nobody
 * knows is repeated where that makes no second account, else left to somebody's decision.
 *
 * What the connection's policy forbids becomes `forbidden`.
 */
export function planAccount(given: PlanInput): AccountPlan {
  const canWatch = canSearch(given.policy) && appOf(given.policy).users.reads;
  const input = canWatch ? given : { ...given, link: { ...given.link, mayHaveTwin: false } };
  const twins = planTwins(input);
  if (twins !== null) return twins;
  const desired = input.removalHeld === true ? keepAccess(input.desired, input.link) : input.desired;
  const plan = desired.kind === "absent" ? planAbsent(input) : planPresent(input, desired);
  const unfit = unfitReason(desired);
  switch (plan.kind) {
    case "create":
      if (input.gated === true) return { kind: "gated", reason: GATED };
      return unfit ?? seated(approved(allowed(plan.kind, plan, input), input), input);
    case "adopt":
      if (isOurs(plan.remote, input.link)) return plan;
      if (unfit !== null) return unfit;
      return input.gated === true ? { kind: "gated", reason: GATED } : seated(approved(plan, input), input);
    case "update":
      return unfit ?? approved(allowed(plan.kind, plan, input), input);
    case "reactivate":
      return unfit ?? seated(approved(allowed(plan.kind, plan, input), input), input);
    case "takeOver":
      return unfit ?? seated(approved(plan, input), input);
    case "deactivate":
    case "delete":
      return approved(allowed(plan.kind, plan, input), input);
    case "none":
    case "look":
    case "wait":
    case "retireTwins":
    case "refuse":
    case "gated":
    case "waitlisted":
    case "unapproved":
    case "forbidden":
    case "unfit":
      return plan;
  }
}

/** What waits for somebody's word is asked before a seat is waited for, so that nobody holds one who may not come in. */
function approved(plan: AccountPlan, { policy, desired, approval }: PlanInput): AccountPlan {
  const payload = desired.kind === "present" && desired.active ? desired.payload : null;
  return askFirst(plan, { policy, payload, approval: approval ?? null });
}

/** What may be there is taken for what is there, under our own id, where the app knows it so until it names another. */
function assumed(link: AccountLink): RemoteUser {
  const { userId } = link;
  return { remoteId: userId, externalId: userId, userName: null, active: null, resource: {} };
}

/** Whoever has no seat waits for one before anything is done for them that takes one. */
function seated(plan: AccountPlan, { seatless, desired }: PlanInput): AccountPlan {
  const isStopped = plan.kind === "forbidden" || plan.kind === "unapproved";
  const waits = seatless === true && !isStopped && desired.kind === "present" && desired.active;
  return waits ? { kind: "waitlisted", reason: WAITLISTED } : plan;
}

function allowed(step: Parameters<typeof forbiddenReason>[0], plan: AccountPlan, { policy }: PlanInput): AccountPlan {
  const reason = forbiddenReason(step, policy);
  return reason === null ? plan : { kind: "forbidden", reason };
}

/** Where nobody may be made inactive or deleted, a twin stays, and comparisons go on telling of it. */
function planTwins({ observed, policy, link }: PlanInput): AccountPlan | null {
  if (observed?.kind !== "found" || !link.mayHaveTwin) return null;
  const deletes = forbiddenReason("delete", policy) === null;
  const twins = (observed.twins ?? []).filter((twin) => deletes || (policy.may.deactivate && twin.active !== false));
  return twins.length === 0 ? null : { kind: "retireTwins", twins, deletes };
}

function planAbsent(input: PlanInput): AccountPlan {
  const { link, policy, observed, removalHeld, decision } = input;
  const { reads, repeatable } = appOf(policy).users;
  if (link.remoteId === null) {
    if (!link.verify && !link.mayHaveTwin) return { kind: "none" };
    if (repeatable) return { kind: "adopt", remote: assumed(link) };
    if (!canSearch(policy)) return planUnknown(link, decision);
    if (observed === null) return { kind: "look" };
    if (observed.kind === "found" && isOurs(observed.remote, link)) return { kind: "adopt", remote: observed.remote };
    return observed.kind === "missing" && link.verify ? settle(link, { kind: "none" }) : { kind: "none" };
  }
  if (link.mayHaveTwin && observed === null) return { kind: "look" };
  if (policy.onLeave === "leave") return { kind: "none" };
  if (link.verify && observed === null && reads) return { kind: "look" };
  if (removalHeld === true) return { kind: "none" };
  const known = observed?.kind === "found" ? seen(observed.remote, link.applied, policy) : unasked(link);
  const deletes = policy.onLeave === "delete" && deletionDueMs(policy, link.leftForMs) === 0;
  const deletion: AccountPlan = { kind: "delete", remoteId: link.remoteId };
  if (deletes && (known?.active === false || !endsAccessFirst(deletion, input))) return deletion;
  if (known?.active === false) return { kind: "none" };
  return { kind: "deactivate", remoteId: link.remoteId, from: known, to: { ...known, active: false } };
}

/** Where deleting is forbidden, or somebody has to be asked about that alone, access still ends: first inactive, then stopped or held with the reason. */
function endsAccessFirst(deletion: AccountPlan, input: PlanInput): boolean {
  const { policy } = input;
  if (forbiddenReason("delete", policy) !== null) return true;
  if (policy.approvals?.includes("deactivate") === true || forbiddenReason("deactivate", policy) !== null) return false;
  return approved(deletion, input).kind === "unapproved";
}

function planPresent(input: PlanInput, desired: Present): AccountPlan {
  const { link, observed } = input;
  if (link.remoteId === null) return planUnlinked(input, desired);
  const { reads } = appOf(input.policy).users;
  if (((link.verify && reads) || link.mayHaveTwin) && observed === null) return { kind: "look" };
  if (desired.problems.length > 0) return planUnfit(input, desired);
  const { payload } = desired;
  if (link.verify && observed === null)
    // Whatever it has, it is told the whole.
    return {
      kind: stepKind(null, desired.active),
      remoteId: link.remoteId,
      from: null,
      to: attainable(link.applied, payload, input.policy),
    };
  const known =
    observed?.kind === "found" ? mapped(observed.remote, payload, link.applied, input.policy) : link.applied;
  const to = attainable(known, payload, input.policy);
  if (known !== null && equalJson(known, to)) return { kind: "none" };
  return { kind: stepKind(known, desired.active), remoteId: link.remoteId, from: known, to };
}

/** What an account is taken to be that was not asked about: where that is uncertain it may be active. */
function unasked({ applied, verify }: AccountLink): Attributes | null {
  return verify ? { ...applied, active: true } : applied;
}

/** Of somebody whose payload cannot be sent, access ends all the same, with what was applied. */
function planUnfit({ link, observed, policy }: PlanInput, desired: Present): AccountPlan {
  const known = observed?.kind === "found" ? seen(observed.remote, link.applied, policy) : unasked(link);
  if (desired.active || link.remoteId === null) return unfitReason(desired) ?? { kind: "none" };
  if (known?.active === false) return { kind: "none" };
  return { kind: "deactivate", remoteId: link.remoteId, from: known, to: { ...known, active: false } };
}

function planUnlinked(input: PlanInput, desired: Present): AccountPlan {
  const { link, observed, decision } = input;
  // A create that may have happened is found out about, whatever the gate.
  if (input.gated === true && !link.verify) return desired.active ? { kind: "gated", reason: GATED } : { kind: "none" };
  const isNew = desired.active && !link.verify && !link.mayHaveTwin;
  // Without a request: what the app would refuse is known before, and so is what nobody has approved.
  const unfit = isNew ? unfitReason(desired) : null;
  if (unfit !== null) return unfit;
  const asked = isNew
    ? askOfNew({ policy: input.policy, payload: desired.payload, approval: input.approval ?? null })
    : null;
  if (asked !== null) return asked;
  if (input.seatless === true && desired.active && !link.verify) return { kind: "waitlisted", reason: WAITLISTED };
  const linking = isDecided(decision, observed);
  const held = linking ? null : planHeldName(input.holder, link);
  if (held !== null) return held;
  if (decision?.kind === "ignore") return { kind: "refuse", reason: IGNORED };
  const unasked = planUnasked(input, desired);
  if (unasked !== null) return unasked;
  if (observed === null && (link.verify || link.mayHaveTwin || linking || (desired.active && looksFirst(input))))
    return { kind: "look" };
  const found = planObserved(input);
  if (found !== null) return found;
  if (!desired.active) return link.verify ? settle(link, { kind: "none" }) : { kind: "none" };
  const create: AccountPlan = { kind: "create", payload: desired.payload };
  return link.verify && canSearch(input.policy) ? settle(link, create) : create;
}

/** What becomes of a leaver whose create got no answer, where nobody but a person can say whether it was done. */
function planUnknown(link: AccountLink, decision: Decision | null): AccountPlan {
  if (decision === null) return refuseFor(UNKNOWN_CREATE, []);
  if (decision.kind !== "link") return { kind: "none" };
  return { kind: "adopt", remote: { ...assumed(link), remoteId: decision.remoteId } };
}

/** What is done without a look where the app cannot be asked; null where it can be, or there is nothing to ask. */
function planUnasked(
  { link, policy, decision, observed }: PlanInput,
  { active, payload }: Present,
): AccountPlan | null {
  const { reads, repeatable } = appOf(policy).users;
  if (decision?.kind === "link" && !reads && observed === null)
    return { kind: "adopt", remote: { ...assumed(link), remoteId: decision.remoteId, externalId: null } };
  if (!link.verify || canSearch(policy)) return null;
  if (repeatable && observed === null)
    return active ? { kind: "create", payload } : { kind: "adopt", remote: assumed(link) };
  return !repeatable && decision?.kind !== "createNew" ? refuseFor(UNKNOWN_CREATE, []) : null;
}

/** Whether somebody chose an account, and it is still to be looked at or was found: whoever has the name does not matter then. */
function isDecided(decision: Decision | null, observed: Observed | null): boolean {
  if (decision?.kind !== "link") return false;
  return observed === null || (observed.kind === "found" && observed.remote.remoteId === decision.remoteId);
}

const GATED = "The gate of this connection is not open for this person yet: nothing is sent for them until it is";
const WAITLISTED = "All seats of this connection are taken: nothing is sent for this person until one is free for them";
const UNKNOWN_CREATE =
  "A create got no answer and the app cannot be searched: look there, and decide whether the account is to be made";
const IGNORED = "Left without an account by decision: decide again on the list of conflicts to change that";

/** A create that would succeed beside an account with the same e-mail, or that is not allowed, is preceded by a look. */
function looksFirst({ policy, decision }: PlanInput): boolean {
  if (!canSearch(policy)) return false;
  if (!policy.may.create || !appOf(policy).users.create) return true;
  return policy.adoption.match.includes("email") && decision?.kind !== "createNew";
}

/** Somebody of ours has the name in the app: finish their work first, then take over what a former person left. */
function planHeldName(holder: NameHolder | null, link: AccountLink): AccountPlan | null {
  if (holder === null) return null;
  if (holder.unfinished)
    return { kind: "wait", delayMs: SETTLE_MS, reason: "Waits until the account that had this userName is dealt with" };
  const samePerson = holder.externalId === null || link.externalId === null || holder.externalId === link.externalId;
  if (holder.deleted && samePerson)
    return { kind: "takeOver", from: { userId: holder.userId, remoteId: holder.remoteId } };
  return refuseFor(
    "The app's account with this userName belongs to another person of this directory: decide whose it is",
    [],
  );
}

/** What a look found for somebody who is not linked; null when nothing stands in the way of a create. */
function planObserved({ observed, link, policy, decision }: PlanInput): AccountPlan | null {
  switch (observed?.kind) {
    case undefined:
      return null;
    case "found":
      return planFound(observed.remote, observed.by ?? "userName", { link, policy, decision });
    case "ambiguous":
      // An account that was told to be made beside them is made, unless the app has refused that.
      return refuseFor(
        `The app finds ${observed.count} users for one person: decide which it is, or remove all but one there`,
        observed.remotes ?? [],
      );
    case "linked":
      if (!observed.conflict) return null;
      return refuseFor(
        "The app's account with this userName is linked to another person already: decide whose it is",
        [],
      );
    case "missing":
      if (!observed.conflict) return null;
      return refuseFor(
        "The app says that this user exists already, but finds none by externalId, userName or e-mail",
        [],
      );
  }
}

type FoundInput = Pick<PlanInput, "link" | "policy" | "decision">;

function planFound(remote: RemoteUser, by: MatchAttribute | "remoteId", input: FoundInput): AccountPlan {
  const { link, policy, decision } = input;
  if (isOurs(remote, link)) return { kind: "adopt", remote };
  if (decision?.kind === "link" && decision.remoteId === remote.remoteId) return { kind: "adopt", remote };
  const name = by === "email" ? "e-mail address" : by;
  if (decision?.kind === "createNew")
    return refuseFor(`The app refuses a second account with this ${name}: link the one it has, or rename it there`, [
      remote,
    ]);
  if (remote.externalId !== null && remote.externalId !== "")
    return refuseFor(`The app has this ${name} with another externalId: somebody else manages that account`, [remote]);
  if (by === "remoteId" || !policy.adoption.match.includes(by))
    return refuseFor(`The app has an account with this ${name}, by which this connection does not match`, [remote]);
  const why = `The app has an account with this ${name} that Muster did not create`;
  switch (policy.adoption.foreign) {
    case "link":
      return { kind: "adopt", remote };
    case "conflict":
      return refuseFor(`${why}; adoption is off`, [remote]);
    case "ask":
      return refuseFor(`${why}; somebody has to decide whether it is this person's`, [remote], true);
  }
}

function refuseFor(why: string, candidates: readonly RemoteUser[], asked = false): AccountPlan {
  return { kind: "refuse", reason: why, conflict: { why, candidates, asked } };
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

/** What a change of an account is called, by whether it was active and shall be. */
export function stepKind(known: Attributes | null, active: boolean): "update" | "deactivate" | "reactivate" {
  if (!active && known?.active !== false) return "deactivate";
  if (active && known?.active === false) return "reactivate";
  return "update";
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
