import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, matching, name, timestamp } from "./primitives.ts";

export const roleKey = matching(
  "^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$",
  100,
  "a role key: 1 to 100 letters, digits and . _ : -, the first a letter or digit",
);

export const Role = closed({ key: roleKey, name }, { title: "Role" });
export type Role = Static<typeof Role>;

export const CreateAppRequest = closed(
  {
    name,
    // Keys are unique without regard to case: a SCIM app compares roles.value that way (RFC 7643 section 8.7.1).
    roles: Type.Optional(Type.Array(Role, { maxItems: 200, "x-uniqueBy": "key" })),
  },
  { title: "CreateAppRequest" },
);
export type CreateAppRequest = Static<typeof CreateAppRequest>;

export const App = closed({ id, name, roles: Type.Array(Role), createdAt: timestamp }, { title: "App" });
export type App = Static<typeof App>;

export const AppPage = pageOf("AppPage", App);
