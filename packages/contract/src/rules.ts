import Type, { type Static } from "typebox";
import { roleKey } from "./apps.ts";
import { closed, id, nullable, oneOf, text } from "./primitives.ts";

const groupName = text(1, 1024, "a group's display name: 1 to 1024 characters without control characters");

// One object with both members optional and at least one there accepts just the two shapes of the type, and is refused with one
// message instead of one per shape.
export const GroupRef = Type.Unsafe<{ id: string; displayName?: string } | { displayName: string }>(
  closed(
    { id: Type.Optional(id), displayName: Type.Optional(groupName) },
    {
      title: "GroupRef",
      description: "A group by id, or by a name that may not exist yet; where both are given the id decides.",
      minProperties: 1,
    },
  ),
);
export type GroupRef = Static<typeof GroupRef>;

export const BoundGroup = closed(
  {
    id: nullable(id),
    displayName: nullable(Type.String()),
    bound: Type.Boolean({ description: "false while no such group exists" }),
  },
  { title: "BoundGroup" },
);
export type BoundGroup = Static<typeof BoundGroup>;

export const PutAssignmentsRequest = closed(
  {
    everyone: Type.Optional(Type.Boolean({ default: false })),
    groups: Type.Optional(Type.Array(GroupRef, { maxItems: 1000, default: [] })),
  },
  { title: "PutAssignmentsRequest", description: "Replaces all assignments." },
);
export type PutAssignmentsRequest = Static<typeof PutAssignmentsRequest>;

export const Assignments = closed(
  { everyone: Type.Boolean(), groups: Type.Array(BoundGroup) },
  { title: "Assignments" },
);
export type Assignments = Static<typeof Assignments>;

const precedence = oneOf(["first", "all"], {
  description: "first: the first rule that matches gives the one role; all: every rule that matches gives its role.",
});

export const PutRulesRequest = closed(
  {
    precedence,
    defaultRole: Type.Optional(nullable(roleKey, { default: null })),
    rules: Type.Array(closed({ group: GroupRef, role: roleKey }, { title: "RuleInput" }), { maxItems: 1000 }),
  },
  { title: "PutRulesRequest", description: "Replaces all rules." },
);
export type PutRulesRequest = Static<typeof PutRulesRequest>;

export const Rules = closed(
  {
    precedence,
    defaultRole: nullable(Type.String()),
    rules: Type.Array(closed({ group: BoundGroup, role: Type.String() }, { title: "Rule" })),
  },
  { title: "Rules" },
);
export type Rules = Static<typeof Rules>;
