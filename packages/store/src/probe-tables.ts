import type { Generated, JSONColumnType } from "kysely";
import type { NullableTimestamp, TenantId, Timestamp } from "./column-types.ts";

export type ProbeState = "waiting" | "running" | "done" | "failed";

/** works: as RFC 7644 says. differs: otherwise, and allowed for. refused: the app does not do it. unknown: nothing can be said. */
export type ProbeVerdict = "works" | "differs" | "refused" | "unknown" | "skipped";

/** One thing that was tried: what was asked, what came, and what that means. */
export type ProbeStep = { step: string; asked: string; came: string; verdict: ProbeVerdict; said: string; at: string };

/** Why a setting of a learned profile is what it is. */
export type LearnedEvidence = { setting: string; step: string; said: string; at: string };

/** What was learned of a connection's app, which goes over its profile; `probeId` is null where somebody set it by hand. */
export type LearnedProfile = {
  settings: LearnedSettings;
  evidence: LearnedEvidence[];
  probeId: string | null;
  actor: string;
};

/** The same as the profiles of connectors take. */
export type LearnedSettings = {
  users?: {
    updateBy?: ("patch" | "put")[];
    drops?: string[];
    unchangeable?: string[];
    keepsTypes?: boolean;
    lookups?: ("externalId" | "userName" | "email")[];
    deactivate?: "inactive" | "removed";
    delete?: "removed" | "inactive" | "impossible";
  };
  groups?: {
    push?: boolean;
    rename?: boolean;
    delete?: boolean;
    updateBy?: ("patch" | "put")[];
    memberRemoval?: "filter" | "list";
    memberForm?: "list" | "object";
    renameBy?: "patch" | "put";
    showsMembers?: boolean;
    lookups?: ("externalId" | "displayName")[];
  };
  paging?: { style?: "index" | "cursor" | "none" };
};

export type ProbesTable = {
  tenant_id: TenantId;
  connection_id: string;
  id: string;
  actor: string;
  read_only: boolean;
  members: number;
  state: Generated<ProbeState>;
  reason: string | null;
  tries: Generated<number>;
  steps: JSONColumnType<ProbeStep[], string | undefined, string>;
  created_at: Timestamp;
  finished_at: NullableTimestamp;
};

export type ProbeObjectsTable = {
  tenant_id: TenantId;
  connection_id: string;
  id: string;
  kind: "user" | "group";
  name: string;
  remote_id: string | null;
  made_at: Timestamp;
};
