import Type, { type Static } from "typebox";
import { accountState } from "./accounts.ts";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, nullable, oneOf, text, timestamp } from "./primitives.ts";

export const RemoteGroup = closed(
  {
    groupId: id,
    displayName: nullable(Type.String({ description: "its name here; null once it does not exist any more" })),
    wanted: Type.Boolean({ description: "false while it is still to be taken away from the app" }),
    state: accountState,
    reason: nullable(Type.String()),
    error: Type.Unsafe<{ class: string; status: number | null } | null>({
      ...closed({ class: Type.String(), status: nullable(Type.Integer()) }),
      type: ["object", "null"],
      description: "what the last failed call came to",
    }),
    remoteId: nullable(Type.String()),
    appliedName: nullable(Type.String({ description: "its name in the app" })),
    made: Type.Boolean({ description: "whether Muster made it; one that was adopted is never deleted" }),
    candidates: Type.Array(
      closed({
        remoteId: Type.String(),
        displayName: nullable(Type.String()),
        externalId: nullable(Type.String()),
      }),
      { description: "groups of the app that somebody has to decide about" },
    ),
    members: closed({
      applied: Type.Integer({ minimum: 0, description: "in the app's group, as they should be" }),
      adding: Type.Integer({ minimum: 0, description: "have an account in the app and are still to be added" }),
      removing: Type.Integer({ minimum: 0, description: "still to be taken out" }),
      parked: Type.Integer({ minimum: 0, description: "refused by the app" }),
    }),
    desiredGeneration: count,
    appliedGeneration: count,
    attempts: count,
    nextAttemptAt: nullable(timestamp),
    updatedAt: timestamp,
  },
  { title: "RemoteGroup", description: "A group that a connection pushes, and how far the app is with it." },
);
export type RemoteGroup = Static<typeof RemoteGroup>;

export const RemoteGroupPage = pageOf("RemoteGroupPage", RemoteGroup);
export const RemoteGroupQuery = pageQuery({ state: Type.Optional(accountState) });

const memberState = oneOf(["missing", "applied", "parked"], {
  description: "missing: not in the app's group yet, perhaps because they have no account there yet.",
});

export const RemoteMember = closed(
  {
    userId: id,
    userName: Type.String(),
    remoteId: nullable(Type.String()),
    state: memberState,
    reason: nullable(Type.String()),
  },
  { title: "RemoteMember" },
);
export type RemoteMember = Static<typeof RemoteMember>;

export const RemoteMemberPage = pageOf("RemoteMemberPage", RemoteMember);
export const RemoteMemberQuery = pageQuery({ state: Type.Optional(memberState) });

export const RetryRemoteGroupRequest = closed(
  { link: Type.Optional(text(1, 1024, "the remoteId of the app's group that this one is: 1 to 1024 characters")) },
  { title: "RetryRemoteGroupRequest", description: "Without a link the group is only tried again." },
);
