import type { Keyring } from "@muster/credentials";
import type { ChangeGroup, ChangeUser, CreateUser, ListUsers, ReadUser } from "@muster/directory";
import type { PreparePolicy } from "@muster/mapping";
import type { Clock, Logger } from "@muster/runtime";
import type { Database, Marked, TenantId } from "@muster/store";
import type { Statuses } from "./admin/watch-statuses.ts";

/** What handlers work with; built once by `startApi`. */
export type ApiDeps = {
  db: Database;
  keyring: Keyring;
  clock: Clock;
  logger: Logger;
  /** Where callers reach this gateway, without a slash at the end: the base of every address that an answer holds. */
  publicUrl: string;
  /** Compiles policies for plans and previews. */
  prepare: PreparePolicy;
  createUser: CreateUser;
  changeUser: ChangeUser;
  readUser: ReadUser;
  listUsers: ListUsers;
  changeGroup: ChangeGroup;
  /** Tells who looks at a connection how it is. */
  statuses: Statuses;
  /** Rings the lanes that a committed write made due; never throws, never waits. */
  ring(tenantId: TenantId, marked: Marked): void;
};
