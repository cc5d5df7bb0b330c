import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, nullable, oneOf, timestamp } from "./primitives.ts";

const confirmation = oneOf(["inactive", "absent", "none"], {
  description:
    "what was read back: the account inactive, not there any more, or nothing because the app does not show it",
});
const action = oneOf(["deactivated", "deleted", "found"], {
  description: "what Muster did; found: somebody else had done it already",
});
const milliseconds = nullable(Type.Integer({ minimum: 0 }));

export const OffboardingLine = closed(
  {
    connectionId: id,
    appId: id,
    remoteId: nullable(Type.String()),
    state: oneOf(["active", "pending", "held", "failed", "removed", "unverified", "noAccount"], {
      description:
        "active: has access. pending, held, failed: a removal is wanted and not done. removed: read back. unverified: the app said so and does not show it.",
    }),
    since: nullable(timestamp),
    reason: nullable(Type.String()),
    nextAttemptAt: nullable(timestamp),
    removalId: nullable(id),
    confirmedAt: nullable(timestamp),
  },
  { title: "OffboardingLine" },
);
export type OffboardingLine = Static<typeof OffboardingLine>;

export const Offboarding = closed(
  {
    userId: id,
    complete: Type.Boolean({
      description: "no app has an active account of this person, and each removal was read back",
    }),
    apps: Type.Array(OffboardingLine),
  },
  { title: "Offboarding", description: "How far a person is out of every app." },
);
export type Offboarding = Static<typeof Offboarding>;

export const ReceiptQuery = closed({ removalId: Type.Optional(id) });

const maybe = Type.Unsafe<boolean | null>({ type: ["boolean", "null"] });

export const ReceiptClaims = closed(
  {
    iss: Type.String(),
    jti: id,
    sub: id,
    iat: Type.Integer(),
    tenantId: id,
    person: closed({ id, userName: nullable(Type.String()), externalId: nullable(Type.String()) }),
    appId: id,
    connectionId: id,
    remoteId: Type.String(),
    action,
    confirmation,
    policy: closed({
      onLeave: oneOf(["deactivate", "delete", "leave"]),
      deleteAfterDays: nullable(Type.Integer({ minimum: 1 })),
    }),
    acceptedAt: nullable(timestamp),
    acceptedBy: closed({
      auditId: nullable(id),
      actor: nullable(Type.String()),
      action: nullable(Type.String()),
      target: nullable(Type.String()),
    }),
    pushedAt: nullable(timestamp),
    confirmedAt: nullable(timestamp),
    clock: closed({
      acceptedToPushedMs: milliseconds,
      boundMs: closed({ healthy: count, recovering: count }),
      withinHealthyBound: maybe,
      withinRecoveringBound: maybe,
    }),
    generation: count,
    epoch: count,
  },
  { title: "ReceiptClaims", description: "What a receipt says, in clear." },
);
export type ReceiptClaims = Static<typeof ReceiptClaims>;

export const Receipt = closed(
  {
    removalId: id,
    receipt: Type.String({ description: "a compact JWS (RFC 7515), signed with a key of /.well-known/jwks.json" }),
    claims: ReceiptClaims,
  },
  { title: "Receipt" },
);
export type Receipt = Static<typeof Receipt>;

const range = { from: Type.Optional(timestamp), to: Type.Optional(timestamp) };
export const RemovalQuery = pageQuery(range);
export const RemovalSummaryQuery = closed(range);

export const Removal = closed(
  {
    id,
    connectionId: id,
    appId: id,
    userId: id,
    userName: nullable(Type.String()),
    remoteId: Type.String(),
    action,
    confirmation,
    acceptedAt: nullable(timestamp),
    pushedAt: nullable(timestamp),
    confirmedAt: nullable(timestamp),
    recordedAt: timestamp,
    acceptedToPushedMs: milliseconds,
  },
  { title: "Removal" },
);
export type Removal = Static<typeof Removal>;
export const RemovalPage = pageOf("RemovalPage", Removal);

export const RemovalSummary = closed(
  {
    from: timestamp,
    to: timestamp,
    removals: count,
    measured: Type.Integer({ minimum: 0, description: "those with an accepted change and a 2xx of the app" }),
    acceptedToPushedMs: closed({ p50: milliseconds, p99: milliseconds, max: milliseconds }),
    over: closed({ thirtySeconds: count, sixtySeconds: count }),
    unconfirmed: Type.Integer({ minimum: 0, description: "those that the app does not let be read back" }),
  },
  {
    title: "RemovalSummary",
    description: "Removals of a time against the bound: 30 s, or 60 s after anything recovered.",
  },
);
export type RemovalSummary = Static<typeof RemovalSummary>;
