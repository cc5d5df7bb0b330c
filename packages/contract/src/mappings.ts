import Type, { type Static } from "typebox";
import { scope } from "./act.ts";
import { closed, id, nullable, oneOf, text } from "./primitives.ts";

const target = text(
  1,
  250,
  'a place in the app\'s user of 1 to 250 characters, such as title, name.givenName or emails[type eq "work"].value',
);
// Over several lines, as long ones are written; no other control characters.
const expression = Type.String({
  minLength: 1,
  maxLength: 4000,
  pattern: "^[^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\uD800-\\uDFFF\\uFFFE\\uFFFF]*$",
  description: "an expression of 1 to 4000 characters without control characters",
});

const scalar = Type.Unsafe<string | number | boolean | null>({
  ...text(0, 1000, "a text of at most 1000 characters without control characters"),
  type: ["string", "number", "boolean", "null"],
});

const flag = (description: string) => Type.Optional(Type.Boolean({ default: false, description }));

export const MappingRowInput = closed(
  {
    target,
    expression: Type.Optional(expression),
    entra: Type.Optional(
      Type.String({ ...expression, description: "an expression as the mapping editor of Entra ID shows it" }),
    ),
    default: Type.Optional(scalar),
    required: flag("Without a value nothing is sent for the person."),
    onCreateOnly: flag("Sent when the account is made and never again."),
    doNotClear: flag("A value that went away stays in the app."),
  },
  {
    title: "MappingRowInput",
    description:
      "What is put into one place of the app's user: an expression in CEL over user, enterprise, groups, roles and now, or one in Entra's own language, which is translated.",
  },
);
export type MappingRowInput = Static<typeof MappingRowInput>;

const rowInputs = Type.Unsafe<MappingRowInput[] | null>({
  type: ["array", "null"],
  items: MappingRowInput,
  minItems: 1,
  maxItems: 100,
  "x-uniqueBy": "target",
});

export const PutMappingRequest = closed(
  { rows: rowInputs },
  {
    title: "PutMappingRequest",
    description:
      "Replaces the whole mapping. Null takes it away: a connection then has its app's mapping, an app the one of its profile or the product's own.",
  },
);
export type PutMappingRequest = Static<typeof PutMappingRequest>;

export const MappingRow = closed(
  {
    target: Type.String(),
    expression: Type.String(),
    default: scalar,
    required: Type.Boolean(),
    onCreateOnly: Type.Boolean(),
    doNotClear: Type.Boolean(),
  },
  { title: "MappingRow" },
);
export type MappingRow = Static<typeof MappingRow>;

const source = oneOf(["connection", "app", "profile", "product"], {
  description:
    "Whose rows these are: the connection's own, else its app's, else those that are known of its profile, else the product's own.",
});

export const Mapping = closed({ source, rows: Type.Array(MappingRow) }, { title: "Mapping" });
export type Mapping = Static<typeof Mapping>;

export const PreviewRequest = closed(
  {
    userId: Type.Optional(id),
    userName: Type.Optional(text(1, 1024, "a userName of 1 to 1024 characters without control characters")),
    mapping: Type.Optional(
      Type.Array(MappingRowInput, {
        minItems: 1,
        maxItems: 100,
        "x-uniqueBy": "target",
        description: "Rows that are not saved, to see what they would give.",
      }),
    ),
  },
  { title: "PreviewRequest", minProperties: 1, description: "Who is meant, by id or by userName." },
);
export type PreviewRequest = Static<typeof PreviewRequest>;

const problem = closed({
  target: Type.String(),
  message: Type.String(),
  suggestion: nullable(Type.String({ description: "an expression for this place that would mend it" })),
});

export const derivations = Type.Array(
  closed({
    target: Type.String(),
    from: oneOf(["expression", "default", "applied", "nothing", "dropped"], {
      description: "applied: what the app has already; dropped: the app takes no such attribute",
    }),
    value: Type.Unknown(),
  }),
  { description: "where each value comes from; empty for the product's own mapping, which copies" },
);

const previewedRequest = closed(
  {
    method: Type.String(),
    path: Type.String({ description: "below the connection's address, with its query; empty for the address itself" }),
    headers: Type.Array(
      closed({
        name: Type.String(),
        value: nullable(Type.String({ description: "null for a secret, or what is another in every request" })),
      }),
      { description: "but those of HTTP itself, such as host" },
    ),
    body: Type.Unknown({ description: "the JSON that would be sent; null for none" }),
  },
  { title: "PreviewedRequest" },
);

const previewedStep = closed(
  {
    step: oneOf(["create", "update", "reactivate", "deactivate", "delete"]),
    isNext: Type.Boolean({
      description: "whether a push would do this first now, as far as that is known without asking the app",
    }),
    requests: Type.Array(previewedRequest, {
      description: "in their order; none where nothing differs, or nothing can be sent",
    }),
    mayFollow: Type.Boolean({
      description: "whether more is sent, and what, depends on the app's answer to the last of them",
    }),
    problem: nullable(Type.String({ description: "why this step sends nothing" })),
  },
  { title: "PreviewedStep" },
);

export const Preview = closed(
  {
    userId: id,
    userName: Type.String(),
    source: oneOf(["unsaved", "rollout", "connection", "app", "profile", "product"], {
      description: "rollout: the mapping of the version that is tried out on this person",
    }),
    scope,
    roles: Type.Array(
      closed({
        role: Type.String(),
        why: oneOf(["rule", "person", "manual", "default"], {
          description: "person: the person's own, from their identity provider; manual: given by hand",
        }),
        position: nullable(Type.Integer({ minimum: 0, description: "of the rule, counted from 0" })),
        groupId: nullable(Type.String()),
      }),
    ),
    isFit: Type.Boolean({ description: "false when problems or violations keep it from being sent" }),
    payload: Type.Unknown({
      description: "the app's user as it would be sent, also for somebody who is not in scope now",
    }),
    derivations,
    problems: Type.Array(problem, { description: "values that the mapping does not give" }),
    violations: Type.Array(problem, { description: "values that the app would refuse" }),
    candidates: Type.Array(
      closed({ target: Type.String(), values: Type.Array(Type.Unknown()) }, { title: "MappingCandidates" }),
      { description: "values of which the app is given the first that nobody else has there" },
    ),
    notSent: Type.Array(Type.String(), { description: "attributes that the person has and the app is not given" }),
    steps: Type.Array(previewedStep, {
      description:
        "the requests of each step that could be taken, in the words of the connection's kind of target: create for somebody without an account, else the change that is due, deactivate and delete",
    }),
  },
  { title: "Preview" },
);
export type Preview = Static<typeof Preview>;
