/** When access begins or ends for a person: an expression that gives a date, and days before or after it. */
export type DateRule = { expression: string; days: number };

/** Who is in scope besides everyone and members of groups, and when. */
export type ScopeTerms = {
  /** Single people. */
  userIds: readonly string[];
  /** Single people who were not there yet when they were named: folded userNames. */
  userNameKeys: readonly string[];
  /** CEL over the person: whom it is true for is in scope. */
  condition: string | null;
  /** `days` before it access begins; a whole day begins as it does where the person is. */
  starts: DateRule | null;
  /** A whole day is the last one, and `days` more after it are granted. */
  ends: DateRule | null;
  /** IANA name, for people who have none of their own. */
  timeZone: string;
};

export type ScopePolicy = {
  everyone: boolean;
  assignedGroupIds: readonly string[];
  /** Undefined where there is nothing else. */
  terms?: ScopeTerms | undefined;
};

/** Why a person is, or is not, wanted in the app. */
export type ScopeReason =
  | { kind: "everyone" }
  | { kind: "group"; groupId: string }
  /** Assigned by themselves. */
  | { kind: "person" }
  | { kind: "condition" }
  /** Out of scope, but their removal waits for the guard. */
  | { kind: "kept" }
  | { kind: "deleted" }
  | { kind: "notAssigned" }
  | { kind: "notBegun"; fromMs: number }
  | { kind: "ended"; untilMs: number }
  /**
   * The condition failed for this person, or a date cannot be read: nobody is removed and nobody created on such grounds.
   * `keeps` says which of the two.
   */
  | { kind: "unreadable"; what: "condition" | "start" | "end"; message: string; keeps: boolean };
