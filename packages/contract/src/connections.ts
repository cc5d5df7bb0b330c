import Type, { type Static } from "typebox";
import { approvalActions } from "./approvals.ts";
import { ConnectionTarget, ConnectionTargetView } from "./connection-targets.ts";
import { pageOf } from "./page.ts";
import { closed, id, matching, name, nullable, oneOf, timestamp } from "./primitives.ts";
import { LearnedProfile, LearnedSettingsInput } from "./probes.ts";

const policySwitches = {
  create: Type.Boolean({ description: "Whether accounts are made." }),
  update: Type.Boolean({ description: "Whether accounts are changed, reactivated included." }),
  deactivate: Type.Boolean({ description: "Whether accounts are made inactive." }),
  delete: Type.Boolean({ description: "Whether accounts are deleted; unless set, as onLeave says." }),
};

const adoptionProperties = {
  match: Type.Array(oneOf(["externalId", "userName", "email"]), {
    minItems: 1,
    maxItems: 3,
    uniqueItems: true,
    description: "By what an account that nobody owns may be a person's, in this order.",
  }),
  foreign: oneOf(["link", "ask", "conflict"], {
    description:
      "What becomes of such an account: it is linked, or it goes on the list of conflicts, where the person waits as held (ask) or as stopped (conflict). One with another externalId is never linked unless somebody decides so.",
  }),
};
const Adoption = closed(adoptionProperties, { title: "Adoption" });
export type Adoption = Static<typeof Adoption>;
type AdoptionInput = "link" | "refuse" | Partial<Adoption>;

// One schema for the word and the object, so that a refusal names one cause.
const adoptionInput = Type.Unsafe<AdoptionInput>({
  ...closed({ match: Type.Optional(adoptionProperties.match), foreign: Type.Optional(adoptionProperties.foreign) }),
  type: ["string", "object"],
  pattern: "^(?:link|refuse)$",
  description: '"link", "refuse" (which is foreign: "conflict")',
});

const comparisonProperties = {
  everyHours: nullable(Type.Integer({ minimum: 1, maximum: 168 })),
  policy: oneOf(["report", "repair"], {
    description: "Whether what differs is only told, or also made due, so that the usual way mends it.",
  }),
};

const attemptLogProperties = {
  days: Type.Integer({ minimum: 1, maximum: 365 }),
  bodies: Type.Boolean({ description: "Whether bodies are kept, masked." }),
};

const groupProperties = {
  mode: oneOf(["none", "chosen", "assigned"], {
    description: "Which groups are pushed: none, those in chosen, or all that are assigned to the connection.",
  }),
  chosen: Type.Array(id, { maxItems: 1000, uniqueItems: true, description: "The groups of mode chosen, by id." }),
  onLeave: oneOf(["delete", "leave"], {
    description:
      "What becomes of the app's group when it is pushed no more. One that was adopted is never deleted: with delete our members are taken out of it.",
  }),
  rename: Type.Boolean({
    description: "False where the app cannot rename a group: then a new one is made, and the old one deleted last.",
  }),
  memberChunk: Type.Integer({
    minimum: 1,
    maximum: 5000,
    description: "Members in one request; fewer are sent once the app has refused so many.",
  }),
};

const seatLimit = Type.Integer({
  minimum: 0,
  maximum: 10_000_000,
  description:
    "How many accounts that may be active the connection holds at the app at most; whoever comes after that waits. A lower limit removes nobody.",
});
const seatsFirst = Type.Array(id, {
  maxItems: 20,
  uniqueItems: true,
  description: "The groups whose people are let in before others, by id.",
});
type Seats = { limit: number; first: string[] };

const settingsProperties = {
  onLeave: oneOf(["deactivate", "delete", "leave"], {
    description: "What becomes of the account of a person who leaves.",
  }),
  deleteAfterDays: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 3650,
      description: "With onLeave delete: inactive at once, deleted when these days are over; null deletes at once.",
    }),
  ),
  policies: closed(policySwitches, {
    title: "ConnectionPolicies",
    description: "What this connection may do to the app.",
  }),
  updateMethod: oneOf(["patch", "put"]),
  adoption: Adoption,
  comparison: closed(comparisonProperties, {
    title: "ComparisonSettings",
    description: "How often the app is compared with what it should hold, and what follows.",
  }),
  attemptLog: closed(attemptLogProperties, {
    title: "AttemptLogSettings",
    description: "How long attempts are kept, and with what.",
  }),
  groups: closed(groupProperties, { title: "GroupSettings", description: "Which groups are pushed to the app." }),
  maxInFlight: Type.Integer({ minimum: 1, maximum: 64 }),
  ratePerSecond: nullable(Type.Integer({ minimum: 1, maximum: 10000 })),
  guardPercent: Type.Integer({
    minimum: 1,
    maximum: 50,
    description:
      "A change that would remove more of the people in scope than this, in percent, and more than 20 people, waits for approval.",
  }),
};

const seats = Type.Unsafe<Seats | null>({
  ...closed({ limit: seatLimit, first: seatsFirst }, { description: "Null where accounts are not limited." }),
  type: ["object", "null"],
});

const approvals = Type.Array(oneOf([...approvalActions]), {
  maxItems: 4,
  uniqueItems: true,
  description:
    "Which steps wait for somebody's approval: create (access is given: an account made, taken over or made active), update, deactivate, delete. None unless said. With deactivate leavers keep their access until somebody approves.",
});

export const ConnectionSettings = closed({ ...settingsProperties, seats, approvals }, { title: "ConnectionSettings" });
export type ConnectionSettings = Static<typeof ConnectionSettings>;

/** What a connection is made with where its request says nothing. */
export const defaultConnectionSettings: Readonly<ConnectionSettings> = {
  onLeave: "deactivate",
  deleteAfterDays: null,
  policies: { create: true, update: true, deactivate: true, delete: false },
  updateMethod: "patch",
  adoption: { match: ["externalId", "userName"], foreign: "link" },
  comparison: { everyHours: 24, policy: "report" },
  attemptLog: { days: 14, bodies: true },
  groups: { mode: "none", chosen: [], onLeave: "delete", rename: true, memberChunk: 100 },
  maxInFlight: 4,
  ratePerSecond: null,
  guardPercent: 10,
  seats: null,
  approvals: [],
};

export const ConnectionSettingsInput = closed(
  {
    onLeave: Type.Optional(settingsProperties.onLeave),
    deleteAfterDays: Type.Optional(settingsProperties.deleteAfterDays),
    policies: Type.Optional(
      closed({
        create: Type.Optional(policySwitches.create),
        update: Type.Optional(policySwitches.update),
        deactivate: Type.Optional(policySwitches.deactivate),
        delete: Type.Optional(policySwitches.delete),
      }),
    ),
    updateMethod: Type.Optional(settingsProperties.updateMethod),
    adoption: Type.Optional(adoptionInput),
    comparison: Type.Optional(
      closed({
        everyHours: Type.Optional(comparisonProperties.everyHours),
        policy: Type.Optional(comparisonProperties.policy),
      }),
    ),
    attemptLog: Type.Optional(
      closed({
        days: Type.Optional(attemptLogProperties.days),
        bodies: Type.Optional(attemptLogProperties.bodies),
      }),
    ),
    groups: Type.Optional(
      closed({
        mode: Type.Optional(groupProperties.mode),
        chosen: Type.Optional(groupProperties.chosen),
        onLeave: Type.Optional(groupProperties.onLeave),
        rename: Type.Optional(groupProperties.rename),
        memberChunk: Type.Optional(groupProperties.memberChunk),
      }),
    ),
    maxInFlight: Type.Optional(settingsProperties.maxInFlight),
    ratePerSecond: Type.Optional(settingsProperties.ratePerSecond),
    guardPercent: Type.Optional(settingsProperties.guardPercent),
    seats: Type.Optional(
      Type.Unsafe<{ limit: number; first?: string[] } | null>({
        ...closed({ limit: seatLimit, first: Type.Optional(seatsFirst) }),
        type: ["object", "null"],
      }),
    ),
    approvals: Type.Optional(approvals),
  },
  {
    title: "ConnectionSettingsInput",
    description: `What is left out keeps its value, inside policies, adoption, comparison, attemptLog and groups too; a new connection begins with ${JSON.stringify(defaultConnectionSettings)}, but policies.delete is true where onLeave is "delete", and a profile has settings of its own.`,
  },
);
export type ConnectionSettingsInput = Static<typeof ConnectionSettingsInput>;

const profile = matching("^[a-z0-9][a-z0-9-]{0,63}$", 64, "a profile's key, as GET /api/v1/connectors lists them");

export const CreateConnectionRequest = closed(
  {
    appId: id,
    directoryId: id,
    name: Type.Optional(name),
    target: ConnectionTarget,
    profile: Type.Optional(profile),
    settings: Type.Optional(ConnectionSettingsInput),
    gate: Type.Optional(
      oneOf(["open", "closed"], {
        description:
          "Unless set, as the directory says. closed: people and groups arrive and accounts are computed and can be planned, but nothing is sent until the gate is opened.",
      }),
    ),
  },
  { title: "CreateConnectionRequest" },
);
export type CreateConnectionRequest = Static<typeof CreateConnectionRequest>;

export const UpdateConnectionRequest = closed(
  {
    name: Type.Optional(name),
    target: Type.Optional(ConnectionTarget),
    profile: Type.Optional(nullable(profile)),
    settings: Type.Optional(ConnectionSettingsInput),
    paused: Type.Optional(Type.Boolean()),
    learnedProfile: Type.Optional(LearnedSettingsInput),
  },
  { title: "UpdateConnectionRequest", minProperties: 1 },
);
export type UpdateConnectionRequest = Static<typeof UpdateConnectionRequest>;

export const connectionState = oneOf(["active", "paused", "quarantined", "disabled"]);
export type ConnectionState = Static<typeof connectionState>;

export const Connection = closed(
  {
    id,
    tenantId: id,
    appId: id,
    directoryId: id,
    name: nullable(Type.String()),
    target: ConnectionTargetView,
    profile: nullable(Type.String()),
    settings: ConnectionSettings,
    paused: Type.Boolean(),
    gate: closed({
      state: oneOf(["open", "closed", "groups"]),
      groups: Type.Array(id, { description: "for whose people it is open, where it is not for everybody" }),
    }),
    state: connectionState,
    learned: closed(
      {
        memberLimit: nullable(Type.Integer({ description: "members in one request, from a 413 or a tooMany" })),
        ratePerSecond: Type.Unsafe<number | null>({
          type: ["number", "null"],
          description: "accounts a second after the last 429; it grows again with time",
        }),
        rateLearnedAt: nullable(timestamp),
        profile: LearnedProfile,
      },
      { title: "Learned", description: "What the app was found to take, where it is less than the settings say." },
    ),
    createdAt: timestamp,
  },
  { title: "Connection" },
);
export type Connection = Static<typeof Connection>;

export const ConnectionPage = pageOf("ConnectionPage", Connection);
