import { createDuplicateDetector, type DuplicateDetector } from "./duplicate-detector.ts";
import type { JsonObject } from "./json-object.ts";
import type { UserAttributes } from "./parse-user.ts";
import { createRecordIndex, type RecordIndex } from "./record-index.ts";
import { ScimFailure } from "./scim-failure.ts";

export type Timestamps = { created: string; lastModified: string };

/** One account of the app. Reads do not see it before `visibleAtMs`, nor the uniqueness check before `countsAtMs`. */
export type UserRecord = {
  readonly id: string;
  attributes: UserAttributes;
  times: Timestamps;
  visibleAtMs: number;
  countsAtMs: number;
  readonly groups: Set<GroupRecord>;
};

/** One group of the app; members by user id, so that adding one costs the same in a group of any size. */
export type GroupRecord = {
  readonly id: string;
  attributes: { displayName: string; externalId?: string };
  times: Timestamps;
  visibleAtMs: number;
  readonly members: Map<string, UserRecord>;
};

/** Delays from the `hide-new` fault, applied to whatever the request creates. */
export type NewRecordDelay = { hiddenMs: number; uncountedMs: number };

export type AppState = {
  readonly usersById: ReadonlyMap<string, UserRecord>;
  readonly groupsById: ReadonlyMap<string, GroupRecord>;
  readonly usersByUserName: RecordIndex<UserRecord>;
  readonly usersByExternalId: RecordIndex<UserRecord>;
  readonly groupsByDisplayName: RecordIndex<GroupRecord>;
  readonly groupsByExternalId: RecordIndex<GroupRecord>;
  readonly duplicates: DuplicateDetector;
  insertUser(attributes: UserAttributes, nowMs: number, delay: NewRecordDelay): UserRecord;
  updateUser(record: UserRecord, attributes: UserAttributes, nowMs: number): void;
  deleteUser(record: UserRecord): void;
  insertGroup(attributes: GroupRecord["attributes"], nowMs: number, delay: NewRecordDelay): GroupRecord;
  updateGroup(record: GroupRecord, attributes: GroupRecord["attributes"], nowMs: number): void;
  addMember(group: GroupRecord, user: UserRecord): void;
  removeMember(group: GroupRecord, userId: string): void;
  deleteGroup(record: GroupRecord): void;
  clear(): void;
};

export type AppStateOptions = { nextId(): string; uniqueNames: boolean };

/**
 * Keeps the app's users and groups in memory, indexed by everything they are looked up by. Users are unique by userName
 * and groups by displayName, both without case, when `uniqueNames` is set; inserts and updates throw 409 otherwise.
 */
export function createAppState(options: AppStateOptions): AppState {
  const indexes = {
    usersByUserName: createRecordIndex<UserRecord>(),
    usersByExternalId: createRecordIndex<UserRecord>(),
    groupsByDisplayName: createRecordIndex<GroupRecord>(),
    groupsByExternalId: createRecordIndex<GroupRecord>(),
  };
  const usersById = new Map<string, UserRecord>();
  const groupsById = new Map<string, GroupRecord>();
  const duplicates = createDuplicateDetector();
  return {
    ...indexes,
    usersById,
    groupsById,
    duplicates,
    ...userWrites({ options, usersById, duplicates, ...indexes }),
    ...groupWrites({ options, groupsById, ...indexes }),
    clear() {
      usersById.clear();
      groupsById.clear();
      duplicates.clear();
      for (const index of Object.values(indexes)) index.clear();
    },
  };
}

type UserParts = Pick<AppState, "usersByUserName" | "usersByExternalId" | "duplicates"> & {
  options: AppStateOptions;
  usersById: Map<string, UserRecord>;
};

function userWrites(parts: UserParts): Pick<AppState, "insertUser" | "updateUser" | "deleteUser"> {
  const { options, usersById, usersByUserName, usersByExternalId, duplicates } = parts;
  const index = (record: UserRecord): void => {
    usersByUserName.add(record.attributes.userName.toLowerCase(), record);
    usersByExternalId.add(record.attributes.externalId, record);
  };
  const unindex = (record: UserRecord): void => {
    usersByUserName.remove(record.attributes.userName.toLowerCase(), record);
    usersByExternalId.remove(record.attributes.externalId, record);
  };
  const checkFree = (userName: string, self: UserRecord | undefined, nowMs: number): void => {
    const taken = usersByUserName
      .find(userName.toLowerCase())
      .some((user) => user !== self && user.countsAtMs <= nowMs);
    if (taken && options.uniqueNames) throw new ScimFailure(409, "uniqueness", `userName "${userName}" is taken`);
  };
  return {
    insertUser(attributes, nowMs, delay) {
      checkFree(attributes.userName, undefined, nowMs);
      const record: UserRecord = {
        id: options.nextId(),
        attributes,
        times: newTimes(nowMs),
        visibleAtMs: nowMs + delay.hiddenMs,
        countsAtMs: nowMs + delay.uncountedMs,
        groups: new Set(),
      };
      usersById.set(record.id, record);
      index(record);
      duplicates.noteCreated({ id: record.id, ...attributes });
      return record;
    },
    updateUser(record, attributes, nowMs) {
      checkFree(attributes.userName, record, nowMs);
      unindex(record);
      record.attributes = attributes;
      record.times = touched(record.times, nowMs);
      index(record);
    },
    deleteUser(record) {
      unindex(record);
      for (const group of record.groups) group.members.delete(record.id);
      usersById.delete(record.id);
    },
  };
}

type GroupParts = Pick<AppState, "groupsByDisplayName" | "groupsByExternalId"> & {
  options: AppStateOptions;
  groupsById: Map<string, GroupRecord>;
};
type GroupWrites = "insertGroup" | "updateGroup" | "addMember" | "removeMember" | "deleteGroup";

function groupWrites(parts: GroupParts): Pick<AppState, GroupWrites> {
  const { options, groupsById, groupsByDisplayName, groupsByExternalId } = parts;
  const index = (record: GroupRecord): void => {
    groupsByDisplayName.add(record.attributes.displayName.toLowerCase(), record);
    groupsByExternalId.add(record.attributes.externalId, record);
  };
  const unindex = (record: GroupRecord): void => {
    groupsByDisplayName.remove(record.attributes.displayName.toLowerCase(), record);
    groupsByExternalId.remove(record.attributes.externalId, record);
  };
  const checkFree = (displayName: string, self: GroupRecord | undefined): void => {
    const taken = groupsByDisplayName.find(displayName.toLowerCase()).some((group) => group !== self);
    if (taken && options.uniqueNames) throw new ScimFailure(409, "uniqueness", `displayName "${displayName}" is taken`);
  };
  return {
    insertGroup(attributes, nowMs, delay) {
      checkFree(attributes.displayName, undefined);
      const visibleAtMs = nowMs + delay.hiddenMs;
      const id = options.nextId();
      const record: GroupRecord = { id, attributes, times: newTimes(nowMs), visibleAtMs, members: new Map() };
      groupsById.set(id, record);
      index(record);
      return record;
    },
    updateGroup(record, attributes, nowMs) {
      checkFree(attributes.displayName, record);
      unindex(record);
      record.attributes = attributes;
      record.times = touched(record.times, nowMs);
      index(record);
    },
    addMember(group, user) {
      group.members.set(user.id, user);
      user.groups.add(group);
    },
    removeMember(group, userId) {
      group.members.get(userId)?.groups.delete(group);
      group.members.delete(userId);
    },
    deleteGroup(record) {
      unindex(record);
      for (const user of record.members.values()) user.groups.delete(record);
      groupsById.delete(record.id);
    },
  };
}

function newTimes(nowMs: number): Timestamps {
  const now = new Date(nowMs).toISOString();
  return { created: now, lastModified: now };
}

function touched(times: Timestamps, nowMs: number): Timestamps {
  return { created: times.created, lastModified: new Date(nowMs).toISOString() };
}

/** Renders a user as a SCIM resource (RFC 7643 §3.1). */
export function userResource(record: UserRecord, baseUrl: string): JsonObject {
  const { schemas, ...attributes } = record.attributes;
  return { schemas, id: record.id, ...attributes, meta: meta("User", `${baseUrl}/Users`, record) };
}

export const GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** Renders a group as a SCIM resource (RFC 7643 §4.2). */
export function groupResource(record: GroupRecord, baseUrl: string, withMembers: boolean): JsonObject {
  const members = withMembers
    ? [...record.members.values()].map((user) => ({
        value: user.id,
        display: user.attributes.displayName ?? user.attributes.userName,
        type: "User",
        $ref: `${baseUrl}/Users/${encodeURIComponent(user.id)}`,
      }))
    : undefined;
  return {
    schemas: [GROUP_SCHEMA],
    id: record.id,
    ...record.attributes,
    ...(members !== undefined && { members }),
    meta: meta("Group", `${baseUrl}/Groups`, record),
  };
}

function meta(resourceType: string, collection: string, record: { id: string; times: Timestamps }): JsonObject {
  return { resourceType, ...record.times, location: `${collection}/${encodeURIComponent(record.id)}` };
}
