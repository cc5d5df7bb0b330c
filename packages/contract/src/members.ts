import Type, { type Static } from "typebox";
import type { Operation } from "./operation.ts";
import { noParams } from "./operation-params.ts";
import { pageOf, pageQuery } from "./page.ts";
import { closed, id, matching, nullable, oneOf, timestamp } from "./primitives.ts";

/** What a member, or a key, may do; each may all that those after it may. */
export const memberRoles = ["owner", "admin", "operator", "auditor"] as const;
export type MemberRole = (typeof memberRoles)[number];

const role = oneOf(memberRoles, {
  description:
    "auditor: look at everything but payloads; operator: that, and act (retry, pause, decide what is held); admin: that, and configure; owner: that, and decide who is a member",
});

// One @, no blanks and no controls; whether it is somebody's is for their identity provider to say.
const email = matching(
  "^[^@\\s\\u0000-\\u001F\\u007F-\\u009F\\uD800-\\uDFFF\\uFFFE\\uFFFF]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+$",
  254,
  "an e-mail address such as ada@example.com, of 254 characters at most",
);

const expiresInDays = Type.Integer({
  minimum: 1,
  maximum: 30,
  default: 7,
  description: "days until the invitation runs out",
});

export const CreateMemberRequest = closed(
  { email, role, expiresInDays: Type.Optional(expiresInDays) },
  { title: "CreateMemberRequest" },
);
export type CreateMemberRequest = Static<typeof CreateMemberRequest>;

export const UpdateMemberRequest = closed({ role }, { title: "UpdateMemberRequest" });
export type UpdateMemberRequest = Static<typeof UpdateMemberRequest>;

export const Member = closed(
  {
    id,
    email: Type.String({ description: "as invited; then as the identity provider said at the last sign-in" }),
    name: nullable(Type.String()),
    role,
    state: oneOf(["invited", "expired", "active", "removed"]),
    invitedBy: Type.String(),
    createdAt: timestamp,
    invitedUntil: timestamp,
    joinedAt: nullable(timestamp),
    seenAt: nullable(timestamp),
    removedAt: nullable(timestamp),
  },
  { title: "Member" },
);
export type Member = Static<typeof Member>;

export const MemberPage = pageOf("MemberPage", Member);
export type MemberPage = Static<typeof MemberPage>;

export const MemberQuery = pageQuery({
  removed: Type.Optional(
    oneOf(["true", "false"], { description: "true: those who were removed, instead of the others" }),
  ),
});

const memberParams = closed({ memberId: id });

/** Who signs in to the console, and what they may do. */
export const memberOperations = {
  createMember: {
    id: "createMember",
    tag: "members",
    method: "post",
    path: "/api/v1/members",
    summary: "Invite somebody: who signs in with this address, verified, is the member",
    params: noParams,
    body: CreateMemberRequest,
    success: { status: 201, schema: Member },
  },
  listMembers: {
    id: "listMembers",
    tag: "members",
    method: "get",
    path: "/api/v1/members",
    summary: "List members and invitations",
    params: noParams,
    query: MemberQuery,
    success: { status: 200, schema: MemberPage },
  },
  updateMember: {
    id: "updateMember",
    tag: "members",
    method: "patch",
    path: "/api/v1/members/{memberId}",
    summary: "Give a member another role; they sign in again",
    params: memberParams,
    body: UpdateMemberRequest,
    success: { status: 200, schema: Member },
  },
  deleteMember: {
    id: "deleteMember",
    tag: "members",
    method: "delete",
    path: "/api/v1/members/{memberId}",
    summary: "Remove a member, or withdraw an invitation; their sessions and links are over",
    params: memberParams,
    success: { status: 204 },
  },
} as const satisfies Record<string, Operation>;
