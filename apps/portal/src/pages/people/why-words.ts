import type { Why } from "@muster/contract";

/** Why somebody is in scope, or not; a group, a date or a message stands behind. */
export const scopeWords: Readonly<Record<string, string>> = {
  everyone: "Everybody in the directory gets in.",
  group: "They are in a group that gets in:",
  person: "They are assigned by themselves.",
  condition: "The condition of who gets in is true for them.",
  kept: "They are out of scope, and the removal waits for approval.",
  deleted: "The identity provider deleted them.",
  notAssigned: "Nothing brings them in: they are in none of the groups that get in.",
  notBegun: "Their access has not begun; it begins",
  ended: "Their access has ended; it ended",
  unreadable: "What decides about them cannot be read, so that what they have is kept:",
};

export const roleWords: Readonly<Record<Why["roles"][number]["because"], string>> = {
  rule: "by rule",
  person: "by their own roles, from the identity provider",
  manual: "given by hand",
  default: "as nothing else gives one",
};

export const ruleWords: Readonly<Record<Why["rules"][number]["outcome"], string>> = {
  gives: "gives the role",
  outranked: "fits, and another rule decides",
  givenAlready: "fits, and they have the role already",
  removedByHand: "fits, and the role was taken by hand",
  notInGroup: "they are not in the group",
  noSuchGroup: "there is no such group",
  conditionFalse: "its condition is not true",
  conditionFailed: "its condition fails",
};

export const stepWords: Readonly<Record<Why["plan"]["step"], string>> = {
  create: "an account is made",
  takeOver: "an account that is there is taken over",
  update: "the account is changed",
  reactivate: "the account is made active again",
  deactivate: "the account is made inactive",
  delete: "the account is deleted",
  lookUp: "the app is read first",
  wait: "it waits",
  conflict: "somebody has to decide whose account it is",
  forbidden: "the connection's settings forbid it",
  unfit: "nothing can be sent: the mapping gives no user that the app takes",
  held: "it waits for approval",
  waitlisted: "every seat is taken: it waits for one",
  unapproved: "it waits for somebody's approval, or was rejected",
  gated: "the gate of the connection is closed",
  none: "nothing: the app has what it should",
};
