import type { MappingRow } from "@muster/mapping";
import type { Precedence } from "./connection-tables.ts";
import type { StoredDate } from "./scope-tables.ts";

/** What somebody edits of a connection's policy, as it is evaluated. */
export type PolicyParts = {
  everyone: boolean;
  assignedGroupIds: string[];
  /** Who is in scope besides everyone and groups, and when; undefined where there is nothing of it. */
  terms: PolicyTerms | undefined;
  precedence: Precedence;
  defaultRole: string | null;
  rules: PolicyRule[];
  /** Whether the person's own roles count. */
  personRoles: boolean;
  /** Whether roles given and taken by hand count. */
  manualRoles: boolean;
  /** Whether conditions ask for the names of groups. */
  readsNames: boolean;
  /** The connection's own mapping, else its app's; undefined for that of its profile, or the product's own. */
  mapping: MappingRow[] | undefined;
};

/** A rule as it is evaluated. `groupIds` is null when it asks for no group, empty while no such group is there. */
export type PolicyRule = { role: string; groupIds: string[] | null; condition: string | null };
export type PolicyTerms = {
  userIds: string[];
  userNameKeys: string[];
  condition: string | null;
  starts: StoredDate | null;
  ends: StoredDate | null;
  timeZone: string;
};
