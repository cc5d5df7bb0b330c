import type { DialTls } from "@muster/runtime";
import type { Attributes, Json, MaskedJson } from "@muster/scim";
import type { CredentialSource } from "./credential-source.ts";
import type { TargetProfile } from "./profiles/target-profile.ts";
import type { FixedAuth } from "./target-auth.ts";

/** Where a connection pushes to, and how it signs in: it lives only as long as the work on one lane. */
export type Target = {
  /** The key of its kind. */
  kind: string;
  baseUrl: string;
  auth: FixedAuth | CredentialSource;
  tls?: DialTls;
  updateMethod: "patch" | "put";
  /** Which app it is; the generic one of its kind unless said. */
  profile?: TargetProfile;
  /** What targets of its kind have besides, as the kind has read it. */
  options?: Json;
};

/** What the app says about one user; anything it left out or got wrong is null, the whole is kept in `resource`. */
export type RemoteUser = {
  remoteId: string;
  externalId: string | null;
  userName: string | null;
  active: boolean | null;
  resource: Attributes;
  /** What somebody who is active there still waits for, where the app says so. */
  waitsFor?: string;
};

export type CallContext = {
  signal: AbortSignal;
  timeoutMs: number;
  /** The trace that the call belongs to, sent along as `traceparent` (W3C Trace Context). */
  traceId?: string;
  /** Whose account it is about, by our id, and which change of theirs: for apps that are told so. */
  subject?: { userId: string; generation: number };
  /** Hears of every request that the call takes; what went over the wire is masked only when it is asked for. */
  observe?: (show: () => Exchange) => void;
};

/** One request and its answer, masked by an allow-list: nothing in it tells a person or a secret. */
export type Exchange = {
  method: string;
  /** Below the base URL. */
  path: string;
  body: MaskedJson;
  /** Null when there was no answer. */
  status: number | null;
  retryAfter: string | null;
  /** The body of the answer; of what is no JSON, only its length. */
  answer: MaskedJson;
};

/** `from` is what was last applied or observed, null when that is not known; `to` is the whole desired payload. */
export type UserChange = { from: Attributes | null; to: Attributes };

/** What a call came to; each kind asks something else of the caller. */
export type CallOutcome<T> = (
  | { kind: "ok"; value: T }
  /** Try this row again later. */
  | { kind: "transient"; detail: string }
  /** Pause the whole lane; null when the target does not say how long. */
  | { kind: "throttled"; retryAfterMs: number | null; detail: string }
  /** The request may or may not have taken effect: look up before any repeat. */
  | { kind: "unknown"; detail: string }
  /** Nothing on this connection will work until somebody acts: quarantine the lane, charge no row. */
  | { kind: "connection"; detail: string }
  /** Somebody else has that userName or externalId. */
  | { kind: "conflict"; detail: string }
  /** This payload will never be taken as it is. */
  | { kind: "permanent"; detail: string }
  /** The linked user is not there any more, and that is certain. */
  | { kind: "gone"; detail: string }
) & { status: number | null; durationMs: number };

export type UserLookup = { attribute: "externalId" | "userName" | "email"; value: string };

/** A page of the app's users (RFC 7644 section 3.4.2.4). */
export type UserListing = {
  users: RemoteUser[];
  /** How many entries the page had, those that are no users included: the next page begins after them. */
  entries: number;
  /** Null when the app does not say. */
  totalResults: number | null;
  /** Where the next page begins, for apps that page by cursor (RFC 9865); null at the end. */
  nextCursor: string | null;
};

/** A page of the app's users; `startIndex` counts from 1, and `cursor` is what the page before it gave. */
export type UserPage = { startIndex: number; count: number; cursor: string | null };

/** What the app says about one group; `members` are the ids it listed, null when it listed none. */
export type RemoteGroup = {
  remoteId: string;
  externalId: string | null;
  displayName: string | null;
  members: string[] | null;
};

export type GroupLookup = { attribute: "externalId" | "displayName"; value: string };

/** Members to add and to remove, by the app's ids for their accounts. */
export type MemberChange = { add: readonly string[]; remove: readonly string[] };

/** Also that a request named more members than the app takes in one. */
export type GroupCallOutcome<T> =
  | CallOutcome<T>
  | { kind: "tooMany"; detail: string; status: number | null; durationMs: number };

/**
 * The part of the port that is about groups. An app without groups answers `permanent`: that never stands in the way of people. No
 * method throws for what the app answers.
 */
export type GroupConnector = {
  /** Not idempotent: after `unknown` look up, never call it again first. Members are added afterwards. */
  createGroup(
    group: { displayName: string; externalId: string },
    context: CallContext,
  ): Promise<GroupCallOutcome<RemoteGroup>>;
  readGroup(remoteId: string, context: CallContext): Promise<GroupCallOutcome<RemoteGroup>>;
  /** Every answer does match `by`; an app that cannot search by externalId has found none. */
  findGroups(by: GroupLookup, context: CallContext): Promise<GroupCallOutcome<RemoteGroup[]>>;
  /** Null when the app answered without a body. */
  renameGroup(
    remoteId: string,
    displayName: string,
    context: CallContext,
  ): Promise<GroupCallOutcome<RemoteGroup | null>>;
  /** Set logic, so it may be repeated. Null when the app answered without a body. */
  changeMembers(
    remoteId: string,
    change: MemberChange,
    context: CallContext,
  ): Promise<GroupCallOutcome<RemoteGroup | null>>;
  /** Replaces a group as a whole, for apps without PATCH. */
  replaceGroup(
    remoteId: string,
    group: { displayName: string; externalId: string; members: readonly string[] },
    context: CallContext,
  ): Promise<GroupCallOutcome<RemoteGroup | null>>;
  /** A group that is certainly not there counts as deleted. */
  deleteGroup(remoteId: string, context: CallContext): Promise<GroupCallOutcome<null>>;
};

/** One request of the app's own protocol, for whoever wants to see what it does. */
export type RawRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base URL, ids already encoded. */
  path: string;
  query?: string;
  body?: Attributes;
};

/** What came: `body` is null where it was no JSON object. */
export type RawAnswer = {
  status: number | null;
  body: Attributes | null;
  /** Null when the app did what was asked. */
  failure: {
    kind: "throttled" | "connection" | "transient" | "refused";
    detail: string;
    retryAfterMs: number | null;
  } | null;
};

/** The outbound port: one downstream app, as one tenant's connection sees it. No method throws for what the app answers. */
export type Connector = {
  /** Not idempotent: after `unknown` look up, never call it again first. */
  createUser(payload: Attributes, context: CallContext): Promise<CallOutcome<RemoteUser>>;
  readUser(remoteId: string, context: CallContext): Promise<CallOutcome<RemoteUser>>;
  /** Every answer does match `by`; an app that cannot search by an attribute has found none, and may not have been asked. */
  findUsers(by: UserLookup, context: CallContext): Promise<CallOutcome<RemoteUser[]>>;
  /** Reads a page of all users. The app may give fewer than `count`, and one that does not page gives everybody. */
  listUsers(page: UserPage, context: CallContext): Promise<CallOutcome<UserListing>>;
  /**
   * Null when the app answered without a body, or when there was nothing to send (then `status` is null too). After any other
   * outcome than `ok`, a `permanent` one included, `from` must not be trusted any more: the app may have done a part.
   */
  updateUser(remoteId: string, change: UserChange, context: CallContext): Promise<CallOutcome<RemoteUser | null>>;
  /** A user that is certainly not there counts as deleted. */
  deleteUser(remoteId: string, context: CallContext): Promise<CallOutcome<null>>;
  /** A cheap read that needs the credentials: tells whether the connection as a whole works. */
  probe(context: CallContext): Promise<CallOutcome<null>>;
  /** Sends one request as it is; left out by connectors whose apps cannot be probed. */
  readonly ask?: (request: RawRequest, context: CallContext) => Promise<RawAnswer>;
  /** Left out by connectors whose apps know no groups. */
  readonly groups?: GroupConnector;
};
