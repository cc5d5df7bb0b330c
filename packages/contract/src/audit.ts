import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, nullable, timestamp } from "./primitives.ts";

export const AuditEntry = closed(
  {
    id,
    at: timestamp,
    actor: Type.String(),
    action: Type.String(),
    target: Type.String(),
    traceId: nullable(Type.String()),
  },
  { title: "AuditEntry" },
);
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditPage = pageOf("AuditPage", AuditEntry);
