import { type Attributes, equalJson, isAttributes, type Json } from "@muster/scim";
import type { ApprovalAction, StoredApproval } from "@muster/store";
import type { AccountPlan, Ask } from "./account-plan.ts";
import { diffJson, type JsonChange } from "./diff-json.ts";

/** What was asked about an account before, with what was decided. */
export type Approval = StoredApproval;

export type ApprovalInput = {
  policy: { approvals?: readonly ApprovalAction[] };
  /** What the person's account should be; null for none. */
  payload: Attributes | null;
  approval?: Approval | null;
};

type Change = { from: Attributes | null; to: Attributes };

/**
 * The step that may be taken now in the place of one that needs an approval which is not there: none (`unapproved`), or the part of an
 * update that only takes roles away. The step itself where nobody is asked, or somebody approved exactly this.
 */
export function askFirst(plan: AccountPlan, input: ApprovalInput): AccountPlan {
  const ask = askOf(plan, input.payload);
  if (ask === null || input.policy.approvals?.includes(ask.action) !== true || isCovered(ask, input)) return plan;
  if (plan.kind === "update") {
    const lesser = takeAwayFirst(plan);
    if (lesser !== null) return equalJson(lesser.to, plan.to) ? plan : lesser;
  }
  return { kind: "unapproved", reason: reasonOf(ask, input.approval ?? null), ask };
}

/** What is asked about somebody who has no account, before anything is looked up for them. */
export function askOfNew(input: ApprovalInput): AccountPlan | null {
  const plan: AccountPlan = { kind: "create", payload: input.payload ?? {} };
  const asked = askFirst(plan, input);
  return asked === plan ? null : asked;
}

function askOf(plan: AccountPlan, payload: Attributes | null): Ask | null {
  switch (plan.kind) {
    case "create":
    case "adopt":
    case "takeOver":
      return payload === null ? null : access({ from: null, to: payload });
    case "reactivate":
      return access(plan);
    case "update":
      return { action: "update", content: changed(plan), changes: show(plan) };
    case "deactivate":
      return { action: "deactivate", content: {}, changes: show(onlyActive(plan)) };
    case "delete":
      return { action: "delete", content: {}, changes: [] };
    case "forbidden":
    case "gated":
    case "look":
    case "none":
    case "refuse":
    case "retireTwins":
    case "unapproved":
    case "unfit":
    case "wait":
    case "waitlisted":
      return null;
  }
}

const access = (change: Change): Ask => ({ action: "create", content: thatMatters(change.to), changes: show(change) });

// What says who somebody is to other people, and opens nothing: a corrected name or number asks nobody a second time whether the
// person gets in. A closed list, so that whatever is not known to be harmless matters.
const DESCRIPTIVE: ReadonlySet<string> = new Set([
  "schemas",
  "name",
  "displayName",
  "nickName",
  "profileUrl",
  "title",
  "preferredLanguage",
  "locale",
  "timezone",
  "phoneNumbers",
  "ims",
  "photos",
  "addresses",
]);

/** What an approval to give access is for. */
function thatMatters(payload: Attributes): Ask["content"] {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !DESCRIPTIVE.has(name)));
}

/** The attributes that an update changes, with what they are to be; null for nothing. */
function changed({ from, to }: Change): Ask["content"] {
  const [before, after] = [from ?? {}, to];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = after[name] ?? null;
      return equalJson(before[name] ?? null, value) ? [] : [[name, value]];
    }),
  );
}

function isCovered(ask: Ask, { approval, payload }: ApprovalInput): boolean {
  if (approval?.state !== "approved") return false;
  // Who may be deleted may be made inactive first, and who gets access gets what it consists of.
  if (approval.action === "delete") return ask.action === "delete" || ask.action === "deactivate";
  if (approval.action === "create" && ask.action === "update" && payload !== null)
    return equalJson(approval.content as Json, thatMatters(payload));
  return isSame(ask, approval);
}

const isSame = (ask: Ask, approval: Approval): boolean =>
  approval.action === ask.action && equalJson(approval.content as Json, ask.content);

const WHAT: Record<ApprovalAction, string> = {
  create: "giving this person access",
  update: "changing this account",
  deactivate: "ending this person's access",
  delete: "deleting this account",
};

function reasonOf(ask: Ask, approval: Approval | null): string {
  if (approval?.state === "rejected" && isSame(ask, approval))
    return `Rejected by ${approval.decidedBy ?? "somebody"}: ${WHAT[ask.action]} is asked about again when something else should be`;
  return `Waits for approval: ${WHAT[ask.action]} needs somebody's word on this connection (settings.approvals)`;
}

const ROLES = ["roles", "entitlements"] as const;

/** What an update takes away of roles and gives nothing for: nobody keeps a role because something else of them waits. */
function takeAwayFirst(plan: Change & { remoteId: string }): (AccountPlan & { to: Attributes }) | null {
  const { from, to, remoteId } = plan;
  if (from === null) return null;
  const lesser: Attributes = { ...from };
  let isLess = false;
  for (const name of ROLES) {
    if (!isLesser(from[name], to[name])) continue;
    isLess = true;
    const value = to[name];
    if (value === undefined) delete lesser[name];
    else lesser[name] = value;
  }
  return isLess ? { kind: "update", remoteId, from, to: lesser, isPart: true } : null;
}

/** Whether fewer of the same roles are left: one whose type, say, is another is another role. */
function isLesser(had: Json | undefined, has: Json | undefined): boolean {
  const [before, after] = [rolesOf(had), rolesOf(has ?? [])];
  if (before === null || after === null || after.length >= before.length) return false;
  return after.every((role) => before.some((known) => equalJson(known, role)));
}

/** Roles or entitlements, but for which of them is primary, since that moves on when it goes; null where they are no list of objects. */
function rolesOf(value: Json | undefined): Attributes[] | null {
  if (!Array.isArray(value) || !value.every(isAttributes)) return null;
  return value.map(({ primary: _primary, ...role }) => role);
}

const onlyActive = ({ from }: Change): Change => ({
  from: { active: from?.active ?? true },
  to: { active: false },
});

/** Changes that are told; a payload has fewer. */
const MAX_CHANGES = 200;

const show = ({ from, to }: Change): JsonChange[] => diffJson(without(from ?? {}), without(to)).slice(0, MAX_CHANGES);

const without = ({ schemas: _schemas, ...attributes }: Attributes): Attributes => attributes;
