import type { RemoteGroup, TargetProfile } from "@muster/connectors";
import type { GroupCandidate, GroupPolicy, PendingMembers } from "@muster/store";
import { LOOKUPS_BEFORE_CREATE } from "./plan-account.ts";

/** What we know of the app's group without asking. */
export type GroupLink = {
  groupId: string;
  remoteId: string | null;
  appliedName: string | null;
  /** We made it; one that was adopted is not ours to delete. */
  made: boolean;
  /** The group whose place the present one takes. */
  former: { remoteId: string; name: string | null } | null;
  /** What the app has is uncertain: look before acting. */
  verify: boolean;
  /** Look-ups since an unknown create that found nothing. */
  lookups: number;
  decidedRemoteId: string | null;
};

/** What a look at the app found. `conflict` means that the app refused a create because it has such a group. */
export type ObservedGroup =
  | { kind: "found"; remote: RemoteGroup }
  | { kind: "missing"; conflict: boolean }
  | { kind: "ambiguous"; remotes: readonly RemoteGroup[] }
  | { kind: "linked"; conflict: boolean };

export type GroupPlan =
  | { kind: "none" | "forget" | "look" | "rename" | "replace" | "supersede" | "restore" }
  | { kind: "held"; reason: string }
  | { kind: "wait"; delayMs: number; reason: string }
  | { kind: "create"; displayName: string }
  | { kind: "adopt"; remote: RemoteGroup }
  | { kind: "members"; change: "add" | "remove" }
  | { kind: "delete"; remoteId: string; former: boolean }
  | { kind: "refuse"; reason: string; candidates: GroupCandidate[]; asked: boolean };

/** How a connection's groups are pushed, as far as its app can. */
export type GroupRules = GroupPolicy & {
  /** Why the app makes no group; null where it does. */
  noCreate: string | null;
  mayDelete: boolean;
  /** False where a group can be looked at neither by its id nor by its name: what is uncertain is sent again. */
  reads: boolean;
};

/** What a connection wants of its groups, reduced to what its app can do. */
export function toGroupRules(policy: GroupPolicy, { title, groups }: TargetProfile): GroupRules {
  const { updateBy, memberLimit } = groups;
  return {
    ...policy,
    updateMethod: updateBy.includes(policy.updateMethod) ? policy.updateMethod : updateBy[0],
    mayRename: policy.mayRename && groups.rename,
    chunk: Math.min(policy.chunk, memberLimit ?? policy.chunk),
    noCreate: groups.create ? null : `${title} lets no group be made: make one of this name there, and it is adopted`,
    mayDelete: groups.delete,
    reads: groups.reads,
  };
}

export type GroupPlanInput = {
  /** Its name here; null when the connection shall not push it any more. */
  displayName: string | null;
  link: GroupLink;
  policy: GroupRules;
  observed: ObservedGroup | null;
  pending: Pick<PendingMembers, "additions" | "removals" | "guarded">;
};

const SETTLE_MS = 2_000;
/** How often a group asks whether the guard has looked at a change that is being judged. */
const UNJUDGED_MS = 1_000;
const HELD = "The guard holds removals from this group until their cause is approved or rejected";

/**
 * Decides the next step that brings the app's group closer to ours. Called again with what a step came to, until it says
 * `none`, `forget`, `wait`, `held` or `refuse`.
 *
 *   wanted   linked   state                     step
 *   yes      no       a create may have happened  look, and look again, before it is repeated
 *   yes      no       found                     adopt when it is ours, or nobody's and the policy links; else refuse
 *   yes      no       -                         create; where the app makes none look for it, and refuse when it is not there
 *   yes      yes      uncertain                 look (read it with its members)
 *   yes      yes      somebody to remove        remove, before anything is given
 *   yes      yes      other name                rename; where that is impossible make a new one beside it (supersede)
 *   yes      yes      somebody to add           add
 *   yes      yes      took another's place      delete that one, last of all
 *   no       yes      made by us                delete, once nobody in it is kept by the guard
 *   no       yes      adopted                   take our members out and leave it
 *   no       yes      the app deletes none      as adopted
 *
 * An app without PATCH is sent the group as a whole. One that cannot be read is sent again what it may not have had: what comes and
 * goes is recorded only once it was taken.
 */
export function planGroup(input: GroupPlanInput): GroupPlan {
  const { displayName, link } = input;
  if (displayName === null) return planUnwanted(input);
  return link.remoteId === null ? planUnlinked(input, displayName) : planLinked(input, displayName);
}

function planUnwanted({ link, policy, observed, pending }: GroupPlanInput): GroupPlan {
  if (policy.onLeave === "leave") return { kind: "forget" };
  if (link.remoteId === null) {
    if (link.verify && !policy.reads) return { kind: "delete", remoteId: link.groupId, former: false };
    if (link.verify) {
      if (observed === null) return { kind: "look" };
      if (observed.kind === "found" && isOurs(observed.remote, link)) return { kind: "adopt", remote: observed.remote };
      if (observed.kind === "missing" && link.lookups + 1 < LOOKUPS_BEFORE_CREATE) return settle(link);
    }
    return link.former === null ? { kind: "forget" } : { kind: "delete", remoteId: link.former.remoteId, former: true };
  }
  if (policy.unjudged) return unjudged();
  if (link.made && policy.mayDelete) {
    if (pending.guarded > 0) return pending.removals > 0 ? removal(policy) : { kind: "held", reason: HELD };
    if (link.former !== null) return { kind: "delete", remoteId: link.former.remoteId, former: true };
    return { kind: "delete", remoteId: link.remoteId, former: false };
  }
  if (link.verify && observed === null && policy.reads) return { kind: "look" };
  if (pending.removals > 0) return removal(policy);
  return pending.guarded > 0 ? { kind: "held", reason: HELD } : { kind: "forget" };
}

function planUnlinked(input: GroupPlanInput, displayName: string): GroupPlan {
  const { link, policy } = input;
  // The group that is to be replaced is never the one that replaces it.
  const isFormer = input.observed?.kind === "found" && input.observed.remote.remoteId === link.former?.remoteId;
  const observed = isFormer ? null : input.observed;
  if (!policy.reads && observed === null) return { kind: "create", displayName };
  if ((link.verify || link.decidedRemoteId !== null || policy.noCreate !== null) && observed === null)
    return { kind: "look" };
  const found = observed === null ? null : planObserved(input, observed);
  if (found !== null) return found;
  if (link.verify && link.lookups + 1 < LOOKUPS_BEFORE_CREATE) return settle(link);
  if (link.former?.name === displayName) return { kind: "restore" };
  if (policy.noCreate !== null) return refuse(policy.noCreate, []);
  return { kind: "create", displayName };
}

function planObserved({ link, policy }: GroupPlanInput, observed: ObservedGroup): GroupPlan | null {
  switch (observed.kind) {
    case "missing":
      if (!observed.conflict) return null;
      return refuse("The app says that this group exists already, but finds none by externalId or displayName", []);
    case "linked":
      if (!observed.conflict) return null;
      return refuse("The app's group of this name is linked to another group already", []);
    case "ambiguous":
      return refuse(
        `The app finds ${observed.remotes.length} groups for this one: decide which it is, or remove all but one there`,
        observed.remotes,
      );
    case "found": {
      const { remote } = observed;
      if (isOurs(remote, link) || remote.remoteId === link.decidedRemoteId) return { kind: "adopt", remote };
      if (remote.externalId !== null && remote.externalId !== "")
        return refuse("The app has a group of this name with another externalId: somebody else manages it", [remote]);
      if (policy.foreign === "link") return { kind: "adopt", remote };
      const asked = policy.foreign === "ask";
      const what = asked ? "somebody has to decide whether it is this one" : "adoption is off";
      return refuse(`The app has a group of this name that Muster did not make: ${what}`, [remote], asked);
    }
  }
}

function planLinked(input: GroupPlanInput, displayName: string): GroupPlan {
  const { link, policy, observed, pending } = input;
  if (link.verify && observed === null && policy.reads) return { kind: "look" };
  const removals = policy.unjudged ? 0 : pending.removals;
  const differs = link.appliedName !== displayName;
  const movesBy = differs && !policy.mayRename;
  if (policy.updateMethod === "put" && (removals + pending.additions > 0 || (differs && policy.mayRename)))
    return { kind: "replace" };
  // Access that should be gone goes before any is given (R2).
  if (removals > 0) return { kind: "members", change: "remove" };
  // Whoever the guard keeps would lose the group by a move, and a move under way is finished before the next.
  if (movesBy && policy.noCreate === null && link.former === null && pending.guarded === 0 && !policy.unjudged)
    return { kind: "supersede" };
  if (differs && policy.mayRename) return { kind: "rename" };
  if (pending.additions > 0) return { kind: "members", change: "add" };
  if (link.former !== null) return { kind: "delete", remoteId: link.former.remoteId, former: true };
  if (policy.unjudged && pending.removals > 0) return unjudged();
  return pending.guarded > 0 ? { kind: "held", reason: HELD } : { kind: "none" };
}

const removal = (policy: GroupPolicy): GroupPlan =>
  policy.updateMethod === "put" ? { kind: "replace" } : { kind: "members", change: "remove" };

function unjudged(): GroupPlan {
  return { kind: "wait", delayMs: UNJUDGED_MS, reason: "Waits until the guard has looked at a change" };
}

function settle(link: GroupLink): GroupPlan {
  return {
    kind: "wait",
    delayMs: SETTLE_MS * 2 ** link.lookups,
    reason: "An earlier create got no answer; looking again before it is repeated",
  };
}

function refuse(reason: string, remotes: readonly RemoteGroup[], asked = false): GroupPlan {
  const candidates = remotes.map(({ remoteId, displayName, externalId }) => ({ remoteId, displayName, externalId }));
  return { kind: "refuse", reason, candidates, asked };
}

const isOurs = (remote: RemoteGroup, link: GroupLink): boolean => remote.externalId === link.groupId;
