import type { TargetRule } from "@muster/mapping";

export type UpdateMethod = "patch" | "put";

/** Which attributes of an account can be changed once it is made; `active` and `schemas` always count as such. */
export type Changeable =
  | { kind: "all" }
  | { kind: "only"; attributes: readonly string[] }
  | { kind: "allBut"; attributes: readonly string[] };

/** What an app can do with accounts. */
export type UserAbilities = {
  /** False where no account can be made there: those that it has are adopted. */
  create: boolean;
  /** False where an account that was made inactive stays so. */
  reactivate: boolean;
  /** False where an account cannot be looked at by its id: whatever is uncertain is sent again, and nothing is confirmed. */
  reads: boolean;
  /** False where nobody can be told who has an account: then nothing is compared. */
  lists: boolean;
  /** A create that is sent again makes no second account; the account is known there under our own id until an answer names another. */
  repeatable: boolean;
  /** The methods it has for a change; the first is used unless a connection says otherwise. */
  updateBy: readonly [UpdateMethod, ...UpdateMethod[]];
  /** `active` alone goes by PATCH, and everything else by PUT. */
  activeApart: boolean;
  /**
   * Attributes that it takes, besides `userName`, `externalId` and `active`; null for all. `name.givenName`, or an extension's URN with what is
   * in it after a colon, stands for one part where not all are taken.
   */
  takes: readonly string[] | null;
  /** Attributes that it takes and forgets: they are not sent. */
  drops: readonly string[];
  changeable: Changeable;
  /** How many values of a multi-valued attribute it takes; null for any number. */
  valuesEach: number | null;
  /** False where a value is kept without its `type`, so that none is sent. */
  keepsTypes: boolean;
  /** The filter's path for each attribute that it can be searched by; what is missing cannot be looked up. */
  lookups: Readonly<Partial<Record<"externalId" | "userName" | "email", string>>>;
  /** What becomes of an account that is made inactive. */
  deactivate: { effect: "inactive" | "removed" | "impossible"; meaning: string };
  /** What becomes of one that is deleted; `recreate` is null where nobody says whether it can be made anew. */
  delete: { effect: "removed" | "inactive" | "impossible"; recreate: boolean | null; meaning: string };
  /** Whether it says of each account what its user still waits for (`waitsFor`): active ones are then read whenever they are looked at. */
  tellsWaiting: boolean;
  /** Said of active accounts where they may read back inactive; null where that is a contradiction. */
  pending: string | null;
};

/** What an app can do with groups. */
export type GroupAbilities = {
  /** False where it has none, or none that can be pushed. */
  push: boolean;
  /** False where a group cannot be looked at by its id: whatever is uncertain is sent again. */
  reads: boolean;
  create: boolean;
  rename: boolean;
  delete: boolean;
  updateBy: readonly [UpdateMethod, ...UpdateMethod[]];
  /** Members in one request, as a connection begins. */
  memberChunk: number;
  /** The most that it takes in one request; null where nobody says. */
  memberLimit: number | null;
  /** False where a group is read without its members, so that their absence means nothing. */
  showsMembers: boolean;
  /** The value of a PATCH of members: the list itself, or an object that holds it. */
  memberValue: "list" | "object";
  /**
   * How a member is taken out: by a filter in the path, or by a list of values. Where the first is taken, the second empties the group
   * by the letter of RFC 7644 section 3.5.2.2.
   */
  memberRemoval: "filter" | "list";
  /** How a group is renamed; by PUT its members go along. */
  renameBy: UpdateMethod;
  lookups: Readonly<Partial<Record<"externalId" | "displayName", string>>>;
};

/** How an app gives its whole list: pages by number (RFC 7644), by cursor (RFC 9865), or all at once. */
export type Paging = { style: "index" | "cursor" | "none"; pageSize: number };

export type SignIn = { scheme: "bearer" | "header" | "basic" | "signature"; header: string | null; help: string };

/** What is known about one kind of app: its wishes as data, so that nothing else in the code names an app. */
export type TargetProfile = {
  key: string;
  title: string;
  /** `preset` has the parts to fill in within braces; empty where every customer has another address. */
  baseUrl: { preset: string; help: string };
  /** The first is the one to offer. */
  signIn: readonly [SignIn, ...SignIn[]];
  users: UserAbilities;
  groups: GroupAbilities;
  paging: Paging;
  /** Whether it can be found out by trying what the app takes. */
  probe: boolean;
  limits: { ratePerSecond: number | null; maxInFlight: number; bodyBytes: number | null };
  /** What each place of a user must be like, to be checked before anything is sent. */
  payloadRules: readonly TargetRule[];
  /** What to tell whoever sets a connection up, in this order. */
  setup: readonly { title: string; text: string }[];
  /** Why values above are not the usual ones, and what cannot be said in them. */
  notes: readonly string[];
};
