import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, matching, nullable, oneOf, timestamp } from "./primitives.ts";

const method = oneOf(["patch", "put"]);
const methods = Type.Array(method, { minItems: 1, maxItems: 2, uniqueItems: true });
const attribute = matching(
  "^[A-Za-z][A-Za-z0-9:._-]{0,199}$",
  200,
  "the name of an attribute, or the URN of an extension",
);
const attributes = Type.Array(attribute, { maxItems: 100, uniqueItems: true });

const learnedSettings = closed(
  {
    users: Type.Optional(
      closed({
        updateBy: Type.Optional(methods),
        drops: Type.Optional(attributes),
        unchangeable: Type.Optional(attributes),
        keepsTypes: Type.Optional(Type.Boolean()),
        lookups: Type.Optional(
          Type.Array(oneOf(["externalId", "userName", "email"]), { maxItems: 3, uniqueItems: true }),
        ),
        deactivate: Type.Optional(oneOf(["inactive", "removed"])),
        delete: Type.Optional(oneOf(["removed", "inactive", "impossible"])),
      }),
    ),
    groups: Type.Optional(
      closed({
        push: Type.Optional(Type.Boolean()),
        rename: Type.Optional(Type.Boolean()),
        delete: Type.Optional(Type.Boolean()),
        updateBy: Type.Optional(methods),
        memberRemoval: Type.Optional(oneOf(["filter", "list"])),
        memberForm: Type.Optional(oneOf(["list", "object"])),
        renameBy: Type.Optional(method),
        showsMembers: Type.Optional(Type.Boolean()),
        lookups: Type.Optional(Type.Array(oneOf(["externalId", "displayName"]), { maxItems: 2, uniqueItems: true })),
      }),
    ),
    paging: Type.Optional(closed({ style: Type.Optional(oneOf(["index", "cursor", "none"])) })),
  },
  {
    description:
      "What goes over the app's profile: how users are changed, which attributes it takes and forgets (drops) or never changes (unchangeable), by what users and groups can be searched, what a deactivation and a deletion do, and how groups are filled, emptied and renamed.",
  },
);
export type LearnedSettings = Static<typeof learnedSettings>;

/** What an app does otherwise than its profile says; what is left out is as the profile has it, and null forgets it. */
export const LearnedSettingsInput = Type.Unsafe<LearnedSettings | null>({
  ...learnedSettings,
  type: ["object", "null"],
});

const learnedProfile = closed(
  {
    settings: learnedSettings,
    evidence: Type.Array(
      closed({
        setting: Type.String({ description: "such as users.updateBy" }),
        step: Type.String({ description: "the step of the probe that showed it, or hand" }),
        said: Type.String(),
        at: timestamp,
      }),
    ),
    probeId: nullable(Type.String({ description: "null where somebody set it by hand" })),
    actor: Type.String(),
  },
  { description: "What was found to be otherwise than the profile says, and why; null while that is nothing." },
);
export const LearnedProfile = Type.Unsafe<Static<typeof learnedProfile> | null>({
  ...learnedProfile,
  type: ["object", "null"],
});

export const StartProbeRequest = closed(
  {
    readOnly: Type.Optional(
      Type.Boolean({ default: false, description: "discovery and filters only: nothing is made, and nothing learned" }),
    ),
    members: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        default: 10,
        description: "How many test users there may be at a time, and so how many members in a request are tried.",
      }),
    ),
  },
  { title: "StartProbeRequest" },
);
export type StartProbeRequest = Static<typeof StartProbeRequest>;

export const Probe = closed(
  {
    id,
    actor: Type.String(),
    readOnly: Type.Boolean(),
    members: Type.Integer(),
    state: oneOf(["waiting", "running", "done", "failed"]),
    reason: nullable(Type.String({ description: "why it ended early, and what to do" })),
    steps: Type.Array(
      closed({
        step: Type.String(),
        asked: Type.String({ description: "the request; of test users only" }),
        came: Type.String({ description: "the answer" }),
        verdict: oneOf(["works", "differs", "refused", "unknown", "skipped"], {
          description:
            "works: as RFC 7644 says. differs: otherwise, and allowed for. refused: the app does not do it. unknown: nothing can be said.",
        }),
        said: Type.String({ description: "what it means" }),
        at: timestamp,
      }),
    ),
    createdAt: timestamp,
    finishedAt: nullable(timestamp),
  },
  { title: "Probe", description: "A look at what an app does, by trying it with users of our own." },
);
export type Probe = Static<typeof Probe>;

export const ProbePage = pageOf("ProbePage", Probe);
