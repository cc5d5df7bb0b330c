import type { AppAuth } from "./app-auth.ts";
import type { Duplicate } from "./duplicate-detector.ts";
import type { Fault, FaultBoard } from "./fault-board.ts";
import type { RemoveByValue } from "./group-changes.ts";
import type { JsonObject } from "./json-object.ts";
import type { LedgerCounts, LedgerEntry, LedgerOptions } from "./ledger.ts";

/** How a sample app is started; everything has a default. */
export type SampleAppOptions = {
  /** Default 127.0.0.1. The control endpoints are open to whoever reaches the port. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Default `/scim/v2`. */
  basePath?: string;
  /** Default: bearer, with a random token. */
  auth?: AppAuth;
  /** `odd` ids hold `&`, `/`, `?`, `%`, `+`, `#` and non-ASCII letters. Neither style looks like a UUID. */
  ids?: "plain" | "odd";
  /** Default: entries, 100,000 of them. */
  ledger?: Partial<LedgerOptions>;
  /** Further extension URNs that users may carry. */
  extraSchemas?: readonly string[];
  /** When given, any other role key in `roles` is refused. */
  roleKeys?: readonly string[];
  /** Default true. False plays an app that makes a second account for a userName it already has. */
  uniqueNames?: boolean;
  /** Default true. False answers 404 to /Groups. */
  groups?: boolean;
  /** What `remove` of `members` with a value list does; default `refuse`, the strictest. */
  removeByValue?: RemoveByValue;
  /** More members than this in one request are refused as `tooMany`; default unlimited. */
  maxMembersPerRequest?: number;
  /** Status of a successful PATCH of a user; default 200 with the user. */
  userPatchStatus?: 200 | 204;
  /** Page size and its limit, default 200. */
  maxResults?: number;
  /** Default 1,000,000. */
  maxBodyBytes?: number;
  faults?: readonly Fault[];
  /** Milliseconds since the epoch; default the machine's clock. */
  now?: () => number;
  /** From 0 up to 1, for faults with a probability; default from node:crypto. */
  random?: () => number;
};

/** An account in the app. `roles` are the role keys in order; `raw` is the whole SCIM resource. */
export type AppUser = {
  id: string;
  userName: string;
  externalId: string | undefined;
  active: boolean;
  roles: string[];
  raw: JsonObject;
};

/** A group in the app; `members` are user ids. */
export type AppGroup = { id: string; displayName: string; externalId: string | undefined; members: string[] };

export type AppCounts = LedgerCounts & { users: number; activeUsers: number; groups: number; duplicates: number };

export type SampleApp = {
  /** Where the SCIM endpoints live, without a trailing slash. */
  baseUrl: string;
  /** Where `/__control/...` lives. */
  controlUrl: string;
  /** `host:port`. */
  address: string;
  /** The credential in force. */
  auth(): AppAuth;
  setAuth(auth: AppAuth): void;
  users(): AppUser[];
  /** The first account of that userName, compared without case. */
  user(userName: string): AppUser | undefined;
  groups(): AppGroup[];
  /** Entries with `seq` above `afterSeq`, default all that are kept. */
  ledger(afterSeq?: number): LedgerEntry[];
  clearLedger(): void;
  counts(): AppCounts;
  /** Every externalId and userName that was given more than one account, deleted ones included (invariant I06). */
  duplicates(): Duplicate[];
  faults: FaultBoard;
  /** Creates or replaces an account by userName as an admin of the app would, past ledger and faults. */
  putUserByHand(body: unknown): AppUser;
  /** Deletes an account as an admin of the app would; false if there is none. */
  deleteUserByHand(userName: string): boolean;
  /** Forgets users, groups, duplicates and ledger; faults and credential stay. */
  reset(): void;
  /** Stops listening and cuts every connection, hanging ones included. */
  close(): Promise<void>;
};
