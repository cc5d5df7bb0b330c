import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, nullable, oneOf, text, timestamp } from "./primitives.ts";

const userProperties = {
  id,
  userName: Type.String(),
  externalId: nullable(Type.String()),
  active: Type.Boolean(),
  displayName: nullable(Type.String()),
  directoryId: id,
  createdAt: timestamp,
  updatedAt: timestamp,
  groups: Type.Optional(Type.Array(closed({ id, displayName: Type.String(), type: oneOf(["direct", "indirect"]) }))),
};
export const UserView = closed(userProperties, { title: "UserView" });
export type UserView = Static<typeof UserView>;

export const UserDetail = closed(
  {
    ...userProperties,
    attributes: Type.Unsafe<Record<string, unknown>>({
      description:
        "an object: what the identity provider sent besides userName, externalId and active, as SCIM names it",
    }),
  },
  { title: "UserDetail" },
);
export type UserDetail = Static<typeof UserDetail>;

export const UserPage = pageOf("UserPage", UserView);
const search = Type.Optional(
  text(1, 200, "the beginning of a name, or of an e-mail address, or a whole externalId: 1 to 200 characters"),
);
export const UserQuery = pageQuery({
  userName: Type.Optional(text(1, 1024)),
  search,
  directoryId: Type.Optional(id),
});
export type UserQuery = Static<typeof UserQuery>;

export const GroupView = closed(
  {
    id,
    displayName: Type.String(),
    externalId: nullable(Type.String()),
    directoryId: id,
    memberCount: count,
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { title: "GroupView" },
);
export type GroupView = Static<typeof GroupView>;

export const GroupQuery = pageQuery({ search, directoryId: Type.Optional(id) });
export type GroupQuery = Static<typeof GroupQuery>;

export const GroupPage = pageOf("GroupPage", GroupView);

export const GroupMember = closed(
  { id, userName: Type.String(), displayName: nullable(Type.String()), active: Type.Boolean() },
  { title: "GroupMember" },
);
export type GroupMember = Static<typeof GroupMember>;

export const GroupMemberPage = pageOf("GroupMemberPage", GroupMember);

export const ParkedMember = closed({ value: Type.String(), createdAt: timestamp }, { title: "ParkedMember" });
export type ParkedMember = Static<typeof ParkedMember>;

export const ParkedMemberPage = pageOf("ParkedMemberPage", ParkedMember);
