import Type, { type Static } from "typebox";
import { roleKey } from "./apps.ts";
import { closed, id, oneOf, timestamp } from "./primitives.ts";
import { PersonRef } from "./rules.ts";

const roles = (description: string) => Type.Array(roleKey, { maxItems: 100, uniqueItems: true, description });

export const PutLockoutGuardRequest = closed(
  {
    people: Type.Optional(
      Type.Array(PersonRef, {
        maxItems: 100,
        default: [],
        description: "People who are there: never made inactive, deleted, or deprived of a role.",
      }),
    ),
    roles: Type.Optional(roles("Roles whose last active holder is never removed and never loses the role.")),
  },
  { title: "PutLockoutGuardRequest", description: "Replaces whom no change may lock out of the app." },
);
export type PutLockoutGuardRequest = Static<typeof PutLockoutGuardRequest>;

export const LockoutGuard = closed(
  { people: Type.Array(closed({ id, userName: Type.String() })), roles: Type.Array(Type.String()) },
  { title: "LockoutGuard" },
);
export type LockoutGuard = Static<typeof LockoutGuard>;

export const PutManualRolesRequest = closed(
  {
    grant: Type.Optional(roles("Roles that this person has whatever the rules say.")),
    remove: Type.Optional(roles("Roles that this person has not, whatever the rules say.")),
  },
  {
    title: "PutManualRolesRequest",
    description: "Replaces what is given to one person, and taken from them, by hand.",
  },
);
export type PutManualRolesRequest = Static<typeof PutManualRolesRequest>;

export const ManualRoles = closed(
  {
    roles: Type.Array(
      closed({ role: Type.String(), effect: oneOf(["grant", "remove"]), by: Type.String(), at: timestamp }),
    ),
  },
  { title: "ManualRoles" },
);
export type ManualRoles = Static<typeof ManualRoles>;
