import type {
  Adoption,
  ApprovalAction,
  ComparisonPolicy,
  ConnectionChange,
  ConnectionRecord,
  GroupsMode,
  GroupsOnLeave,
  MatchAttribute,
  OnLeave,
  UpdateMethod,
} from "@muster/store";

/** Whose accounts a connection may take: by what they match, and what becomes of one that nobody owns. */
export type AdoptionRule = { match: MatchAttribute[]; foreign: "link" | "ask" | "conflict" };

export type ConnectionSettings = {
  onLeave: OnLeave;
  updateMethod: UpdateMethod;
  /** A word is short for a rule: "refuse" is `foreign: "conflict"`. */
  adoption: Adoption | Partial<AdoptionRule>;
  maxInFlight: number;
  ratePerSecond: number | null;
  /** What one cause may remove of the people in scope, in percent, before it waits for approval. */
  guardPercent?: number;
  /** How many active accounts the connection may hold; null for as many as there are. */
  seats?: { limit: number; first?: string[] } | null;
  /** Which steps wait for somebody's approval. */
  approvals?: ApprovalAction[];
  deleteAfterDays?: number | null;
  policies?: { create?: boolean; update?: boolean; deactivate?: boolean; delete?: boolean };
  attemptLog?: { days?: number; bodies?: boolean };
  comparison?: { everyHours?: number | null; policy?: ComparisonPolicy };
  groups?: Partial<GroupSettings>;
};

/** Which groups a connection pushes, and how. */
export type GroupSettings = {
  mode: GroupsMode;
  /** The groups of mode chosen. */
  chosen: string[];
  onLeave: GroupsOnLeave;
  /** False where the app cannot rename a group. */
  rename: boolean;
  memberChunk: number;
};

type SettingsColumns = Pick<
  ConnectionChange,
  | "onLeave"
  | "updateMethod"
  | "maxInFlight"
  | "ratePerSecond"
  | "guardPercent"
  | "seatLimit"
  | "seatsFirst"
  | "approvals"
  | "deleteAfterDays"
  | "adoption"
  | "adoptionAsk"
  | "adoptionMatch"
  | "mayCreate"
  | "mayUpdate"
  | "mayDeactivate"
  | "mayDelete"
  | "compareEveryHours"
  | "comparePolicy"
  | "attemptLogDays"
  | "attemptLogBodies"
  | "groupsMode"
  | "chosenGroups"
  | "groupsOnLeave"
  | "renameGroups"
  | "memberChunk"
  | "memberLimit"
  | "learnedRate"
>;

/** Turns settings into what is stored; what they leave out stays as it is. */
export function toColumns(settings: Partial<ConnectionSettings>): SettingsColumns {
  const { onLeave, updateMethod, maxInFlight, ratePerSecond, guardPercent, deleteAfterDays } = settings;
  const { policies = {}, comparison = {}, attemptLog = {}, groups = {}, seats } = settings;
  const columns: SettingsColumns = Object.fromEntries(
    Object.entries({
      onLeave,
      updateMethod,
      maxInFlight,
      ratePerSecond,
      guardPercent,
      seatLimit: seats === null ? null : seats?.limit,
      seatsFirst: seats === null ? [] : seats?.first,
      approvals: settings.approvals,
      deleteAfterDays,
      mayCreate: policies.create,
      mayUpdate: policies.update,
      mayDeactivate: policies.deactivate,
      mayDelete: policies.delete,
      compareEveryHours: comparison.everyHours,
      comparePolicy: comparison.policy,
      attemptLogDays: attemptLog.days,
      attemptLogBodies: attemptLog.bodies,
      groupsMode: groups.mode,
      chosenGroups: groups.chosen,
      groupsOnLeave: groups.onLeave,
      renameGroups: groups.rename,
      memberChunk: groups.memberChunk,
      // What the app was found to take is found out anew.
      memberLimit: groups.memberChunk === undefined ? undefined : null,
      learnedRate: ratePerSecond === undefined ? undefined : null,
    }).filter(([, value]) => value !== undefined),
  );
  return { ...columns, ...adoptionColumns(settings.adoption) };
}

function adoptionColumns(
  adoption: ConnectionSettings["adoption"] | undefined,
): Pick<SettingsColumns, "adoption" | "adoptionAsk" | "adoptionMatch"> {
  if (adoption === undefined) return {};
  if (adoption === "link" || adoption === "refuse") return { adoption, adoptionAsk: false };
  const { match, foreign } = adoption;
  return {
    ...(match === undefined ? {} : { adoptionMatch: match }),
    ...(foreign === undefined
      ? {}
      : { adoption: foreign === "link" ? "link" : "refuse", adoptionAsk: foreign === "ask" }),
  };
}

/** The settings of a stored connection, complete. */
export function toSettings(record: ConnectionRecord) {
  return {
    onLeave: record.onLeave,
    deleteAfterDays: record.deleteAfterDays,
    policies: {
      create: record.mayCreate,
      update: record.mayUpdate,
      deactivate: record.mayDeactivate,
      delete: record.mayDelete ?? record.onLeave === "delete",
    },
    updateMethod: record.updateMethod,
    adoption: {
      match: record.adoptionMatch,
      foreign:
        record.adoption === "link" ? ("link" as const) : record.adoptionAsk ? ("ask" as const) : ("conflict" as const),
    },
    comparison: { everyHours: record.compareEveryHours, policy: record.comparePolicy },
    attemptLog: { days: record.attemptLogDays, bodies: record.attemptLogBodies },
    groups: {
      mode: record.groupsMode,
      chosen: record.chosenGroups,
      onLeave: record.groupsOnLeave,
      rename: record.renameGroups,
      memberChunk: record.memberChunk,
    },
    maxInFlight: record.maxInFlight,
    ratePerSecond: record.ratePerSecond,
    guardPercent: record.guardPercent,
    approvals: record.approvals,
    seats: record.seatLimit === null ? null : { limit: record.seatLimit, first: record.seatsFirst },
  };
}
