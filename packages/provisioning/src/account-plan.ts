import type { AppAt, RemoteUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import type { Attributes } from "@muster/scim";
import type { ApprovalAction, StoredApproval } from "@muster/store";
import type { JsonChange } from "./diff-json.ts";
import type { Permission } from "./plan-policy.ts";

/** A step that somebody has to approve: what a decision about it is for, and what it would change. */
export type Ask = { action: ApprovalAction; content: Attributes; changes: JsonChange[] };

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
  /** Milliseconds since the person was first found to have left; null while they have not, or when this is that moment. */
  leftForMs: number | null;
  /** A create was left behind whose end nobody knows: the app may have a second account, or get one yet. */
  mayHaveTwin: boolean;
};

/** By what an account of the app was found. */
export type MatchAttribute = "externalId" | "userName" | "email";

/** What somebody decided about the accounts that a look found. */
export type Decision = { kind: "link"; remoteId: string } | { kind: "createNew" } | { kind: "ignore" };

/** What a look at the app found. `conflict` means that the app refused a create because it has such a user. */
export type Observed =
  /** `twins` are others that bear this person's externalId and that nobody is linked to. */
  | { kind: "found"; remote: RemoteUser; by?: MatchAttribute | "remoteId"; twins?: readonly RemoteUser[] }
  | { kind: "missing"; conflict: boolean }
  /** Several, or one that is linked to another person of ours (`linked`): those are never candidates. */
  | { kind: "ambiguous"; count: number; remotes?: readonly RemoteUser[] }
  | { kind: "linked"; conflict: boolean };

/** Another account of this lane that the app knows under the userName that this person needs. */
export type NameHolder = {
  userId: string;
  remoteId: string;
  unfinished: boolean;
  deleted: boolean;
  externalId: string | null;
};

export type PlanPolicy = AppAt & {
  onLeave: "deactivate" | "delete" | "leave";
  /** With `delete`: inactive at once, deleted when so many days are over; null deletes at once. */
  deleteAfterDays: number | null;
  may: Permission;
  adoption: { match: readonly MatchAttribute[]; foreign: "link" | "ask" | "conflict" };
  /** Which steps wait for somebody's approval; none unless said. */
  approvals?: readonly ApprovalAction[];
};

/** Accounts that a person must decide about, and why. */
export type Conflict = { why: string; candidates: readonly RemoteUser[]; asked: boolean };

export type AccountPlan =
  | { kind: "none" }
  | { kind: "look" }
  | { kind: "wait"; delayMs: number; reason: string }
  | { kind: "create"; payload: Attributes }
  | { kind: "adopt"; remote: RemoteUser }
  | { kind: "takeOver"; from: { userId: string; remoteId: string } }
  /** `isPart`: more of the update follows, or waits. */
  | {
      kind: "update" | "deactivate" | "reactivate";
      remoteId: string;
      from: Attributes | null;
      to: Attributes;
      isPart?: true;
    }
  | { kind: "delete"; remoteId: string }
  /** Second accounts that a late create of ours made. */
  | { kind: "retireTwins"; twins: readonly RemoteUser[]; deletes: boolean }
  | { kind: "refuse"; reason: string; conflict?: Conflict }
  /** The connection's gate is not open for this person. */
  | { kind: "gated"; reason: string }
  /** All seats of the connection are taken, or others wait who come first. */
  | { kind: "waitlisted"; reason: string }
  /** Somebody has to approve it, or rejected it. */
  | { kind: "unapproved"; reason: string; ask: Ask }
  /** The connection's policy does not allow the step that is needed. */
  | { kind: "forbidden"; reason: string }
  /** The mapping gives nothing for this person that can be sent. */
  | { kind: "unfit"; reason: string };

export type PlanInput = {
  desired: DesiredAccount;
  link: AccountLink;
  policy: PlanPolicy;
  observed: Observed | null;
  holder: NameHolder | null;
  decision: Decision | null;
  /** The guard keeps this person's access for now: no removal is planned, anything else is. */
  removalHeld?: boolean;
  /** The connection's gate is not open for this person: nothing is made or adopted for them. */
  gated?: boolean;
  /** The connection's seats are limited and none is theirs: no account is made, adopted or made active for them. */
  seatless?: boolean;
  /** What was asked about this account before. */
  approval?: StoredApproval | null;
};
