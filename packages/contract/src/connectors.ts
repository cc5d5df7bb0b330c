import Type, { type Static } from "typebox";
import { authSchemes } from "./connection-auth.ts";
import { ConnectionSettingsInput } from "./connections.ts";
import { closed, nullable, oneOf } from "./primitives.ts";

const text = Type.String();
const scheme = oneOf([...authSchemes]);
const method = oneOf(["patch", "put"]);
const methods = Type.Array(method, {
  description: "those it has for a change; the first is used unless said otherwise",
});

const ConnectorKind = closed(
  {
    kind: text,
    title: text,
    description: text,
    fields: Type.Array(
      closed({
        path: Type.String({ description: "where the value goes in a connection's target, dots between the levels" }),
        control: oneOf(["text", "multiline", "number", "url", "choice", "json"]),
        label: text,
        help: text,
        required: Type.Boolean(),
        writeOnly: Type.Boolean({ description: "a secret: written, never answered" }),
        default: Type.Optional(text),
        example: Type.Optional(Type.String({ description: "something to begin with, to be taken over and changed" })),
        options: Type.Optional(Type.Array(closed({ key: text, label: text }))),
        when: Type.Optional(closed({ path: text, is: text }, { description: "it is there only with this choice" })),
      }),
    ),
  },
  { title: "ConnectorKind", description: "A kind of target, and the form that asks for one." },
);

const payloadRule = closed(
  {
    target: Type.String({ description: "the place in a user, as a PATCH path" }),
    isRequired: Type.Boolean(),
    type: oneOf(["text", "email", "boolean", "number", "any"]),
    maxCharacters: nullable(Type.Integer()),
    refusedCharacters: text,
    fix: Type.String({ description: "what to do when a value does not fit" }),
    suggestion: Type.Optional(Type.String({ description: "an expression of a mapping that mends it" })),
  },
  { title: "PayloadRule" },
);

const users = closed({
  create: Type.Boolean({ description: "false where accounts are linked and none is made" }),
  reactivate: Type.Boolean({ description: "false where an account that was made inactive stays so" }),
  reads: Type.Boolean({ description: "false where an account cannot be read back: nothing is confirmed" }),
  lists: Type.Boolean({ description: "false where nobody can be told who has an account: nothing is compared" }),
  updateBy: methods,
  activeApart: Type.Boolean({ description: "active alone goes by PATCH, everything else by PUT" }),
  takes: Type.Unsafe<string[] | null>({
    type: ["array", "null"],
    items: text,
    description: "attributes that it takes besides userName, externalId and active; null for all",
  }),
  changeable: closed({
    kind: oneOf(["all", "only", "allBut"]),
    attributes: Type.Array(text, { description: "which can, or cannot, be changed once the account is made" }),
  }),
  valuesEach: nullable(Type.Integer({ description: "values of a multi-valued attribute; null for any number" })),
  keepsTypes: Type.Boolean({ description: "false where values are kept without their type" }),
  lookups: Type.Array(oneOf(["externalId", "userName", "email"]), { description: "by what it can be searched" }),
  deactivate: closed({ effect: oneOf(["inactive", "removed", "impossible"]), meaning: text }),
  delete: closed({
    effect: oneOf(["removed", "inactive", "impossible"]),
    recreate: Type.Unsafe<boolean | null>({
      type: ["boolean", "null"],
      description: "whether it can be made anew; null where nobody says",
    }),
    meaning: text,
  }),
});

const groups = closed({
  push: Type.Boolean(),
  create: Type.Boolean(),
  rename: Type.Boolean(),
  delete: Type.Boolean(),
  updateBy: methods,
  memberLimit: nullable(Type.Integer({ description: "members in one request; null where nobody says" })),
  memberRemoval: oneOf(["filter", "list"], {
    description: "how a member is taken out: by a filter in the path, or by a list of values",
  }),
  renameBy: method,
  lookups: Type.Array(oneOf(["externalId", "displayName"])),
});

const TargetProfile = closed(
  {
    key: Type.String({ description: "what a connection's profile is set to" }),
    kind: Type.String({ description: "the kind of target that it is a profile of" }),
    title: text,
    baseUrl: closed({
      preset: Type.String({ description: "parts to fill in are within braces; empty where there is none" }),
      help: text,
    }),
    probe: Type.Boolean({ description: "whether what it takes can be found out by trying" }),
    signIn: Type.Array(closed({ scheme, header: nullable(text), help: text })),
    users,
    groups,
    paging: closed({ style: oneOf(["index", "cursor", "none"]), pageSize: Type.Integer() }),
    limits: closed({
      ratePerSecond: nullable(Type.Integer()),
      maxInFlight: Type.Integer(),
      bodyBytes: nullable(Type.Integer()),
    }),
    settings: ConnectionSettingsInput,
    payloadRules: Type.Array(payloadRule),
    setup: Type.Array(closed({ title: text, text }), { description: "what to tell whoever sets it up, in this order" }),
    notes: Type.Array(text, { description: "why it is not like others" }),
  },
  {
    title: "TargetProfile",
    description: "What an app takes and does, and the settings that a connection begins with.",
  },
);
export type TargetProfile = Static<typeof TargetProfile>;

export const ConnectorList = closed(
  { kinds: Type.Array(ConnectorKind), profiles: Type.Array(TargetProfile) },
  { title: "ConnectorList" },
);
export type ConnectorList = Static<typeof ConnectorList>;
