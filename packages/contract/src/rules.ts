import Type, { type Static } from "typebox";
import { roleKey } from "./apps.ts";
import { closed, count, id, nullable, oneOf, text } from "./primitives.ts";

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

export const PersonRef = Type.Unsafe<{ id: string; userName?: string } | { userName: string }>(
  closed(
    { id: Type.Optional(id), userName: Type.Optional(text(1, 1024, "a userName: 1 to 1024 characters")) },
    {
      title: "PersonRef",
      description: "A person by id, or by a userName that nobody may have yet; where both are given the id decides.",
      minProperties: 1,
    },
  ),
);

const expression = text(1, 4000, "CEL of 1 to 4000 characters without control characters");
const condition = Type.String({
  ...expression,
  description:
    'CEL over user, enterprise and groups (names of the person\'s groups): whom it is true for is in scope as well, such as user.userType == "Employee" && !("Contractors" in groups). Where it fails for somebody they keep what they have.',
});
const dateExpression = Type.String({
  ...expression,
  description:
    "CEL over user and enterprise that gives a date (2026-01-31) or a date and time in ISO 8601; no value means no limit, and one that cannot be read leaves a person what they have.",
});
const starts = closed(
  {
    expression: dateExpression,
    daysBefore: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 365, default: 0, description: "How many days before it access begins." }),
    ),
  },
  { title: "StartDate", description: "When access begins: with the day, where the person is." },
);
const ends = closed(
  {
    expression: dateExpression,
    graceDays: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 3650, default: 0, description: "How many more days access stays." }),
    ),
  },
  { title: "EndDate", description: "When access ends: with the last day, where the person is." },
);
const timeZone = Type.String({
  ...text(1, 100),
  default: "UTC",
  description: "The IANA time zone of people who have no timezone of their own, such as Europe/Berlin.",
});

export const PutAssignmentsRequest = closed(
  {
    everyone: Type.Optional(Type.Boolean({ default: false })),
    groups: Type.Optional(Type.Array(GroupRef, { maxItems: 1000, default: [] })),
    people: Type.Optional(
      Type.Array(PersonRef, {
        maxItems: 1000,
        default: [],
        description: "Single people, besides groups and everyone.",
      }),
    ),
    condition: Type.Optional(condition),
    starts: Type.Optional(starts),
    ends: Type.Optional(ends),
    timeZone: Type.Optional(timeZone),
  },
  {
    title: "PutAssignmentsRequest",
    description: "Replaces all assignments. One thing that holds a person is enough; dates are about everybody.",
  },
);
export type PutAssignmentsRequest = Static<typeof PutAssignmentsRequest>;

export const Assignments = closed(
  {
    everyone: Type.Boolean(),
    groups: Type.Array(BoundGroup),
    people: Type.Array(
      closed(
        {
          id: nullable(id),
          userName: nullable(Type.String()),
          bound: Type.Boolean({ description: "false while nobody has this name" }),
        },
        { title: "BoundPerson" },
      ),
    ),
    condition: Type.Optional(Type.String()),
    starts: Type.Optional(closed({ expression: Type.String(), daysBefore: count })),
    ends: Type.Optional(closed({ expression: Type.String(), graceDays: count })),
    timeZone: Type.String(),
  },
  { title: "Assignments" },
);
export type Assignments = Static<typeof Assignments>;

const precedence = oneOf(["first", "highest", "all"], {
  description:
    "first: the first rule that matches gives the one role; highest: of the roles that rules give, the one that comes first among the app's; all: every rule that matches gives its role.",
});

const namePart = text(1, 200, "1 to 200 characters without control characters");
const prefix = Type.String({
  ...namePart,
  description: "The members of all groups whose names begin so, whatever their case.",
});
const glob = Type.String({
  ...namePart,
  description: "The members of all groups whose names fit: * is any text, ? one character, whatever their case.",
});
// In one object for the reason of GroupRef; that it is named in one way is told by whoever stores it.
const RuleGroupRef = Type.Unsafe<GroupRef | { prefix: string } | { glob: string }>(
  closed(
    {
      id: Type.Optional(id),
      displayName: Type.Optional(groupName),
      prefix: Type.Optional(prefix),
      glob: Type.Optional(glob),
    },
    {
      title: "RuleGroupRef",
      description: "A group by id or name, or those that there are, or will be, by a pattern of their names.",
      minProperties: 1,
    },
  ),
);

const ruleCondition = Type.String({
  ...expression,
  description:
    'CEL over user, enterprise and groups that must be true as well, such as enterprise.department == "Sales"; without a group it decides alone. Where it fails for somebody the rule does not match them.',
});

const roleSettings = {
  precedence,
  personRoles: oneOf(["ignored", "declared"], {
    default: "ignored",
    description:
      "declared: the person's own roles attribute counts after the rules, also where Entra puts an app role's JSON there; only roles that the app declared.",
  }),
  manualRoles: oneOf(["locked", "editable"], {
    default: "locked",
    description:
      "editable: an administrator may give a role to one person, or take it, and that comes before the rules.",
  }),
};

export const PutRulesRequest = closed(
  {
    precedence,
    defaultRole: Type.Optional(nullable(roleKey, { default: null })),
    personRoles: Type.Optional(roleSettings.personRoles),
    manualRoles: Type.Optional(roleSettings.manualRoles),
    rules: Type.Array(
      closed(
        { group: Type.Optional(RuleGroupRef), role: roleKey, condition: Type.Optional(ruleCondition) },
        { title: "RuleInput" },
      ),
      { maxItems: 1000 },
    ),
  },
  { title: "PutRulesRequest", description: "Replaces all rules." },
);
export type PutRulesRequest = Static<typeof PutRulesRequest>;

export const RuleGroup = Type.Unsafe<(BoundGroup & { matches?: number; prefix?: string; glob?: string }) | null>({
  ...closed(
    {
      id: nullable(id),
      displayName: nullable(Type.String()),
      bound: Type.Boolean({ description: "false while no such group exists" }),
      prefix: Type.Optional(Type.String()),
      glob: Type.Optional(Type.String()),
      matches: Type.Optional(Type.Integer({ minimum: 0, description: "how many groups a pattern fits now" })),
    },
    { title: "RuleGroup", description: "null for a rule about a condition alone" },
  ),
  type: ["object", "null"],
});

export const Rules = closed(
  {
    ...roleSettings,
    defaultRole: nullable(Type.String()),
    rules: Type.Array(
      closed({ group: RuleGroup, role: Type.String(), condition: Type.Optional(Type.String()) }, { title: "Rule" }),
    ),
  },
  { title: "Rules" },
);
export type Rules = Static<typeof Rules>;
