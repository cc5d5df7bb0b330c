import { e2e, faults, type SeededFault, test } from "./seeded-fault.ts";

const EVENTS_MIGRATION = "packages/store/src/migrations/0014-events.sql";

/** Guards of what is told: traces, masks, receipts, events, webhooks. */
export const TOLD_FAULTS: readonly SeededFault[] = [
  {
    id: "trace",
    what: "the newest trace on an account that is marked again",
    file: "packages/store/src/mark-person.ts",
    find: "trace_id = excluded.trace_id",
    replace: "trace_id = accounts.trace_id",
    test: test("test/lanes/acting.test.ts", "of requests that become one push, the newest counts"),
  },
  {
    id: "gate",
    what: "the gate of a new connection",
    file: "packages/provisioning/src/lane-batch.ts",
    find: "const gated = isGated(policy, person);",
    replace: "const gated = isGated(policy, person) && person.deleted;",
    test: test("test/lanes/acting.test.ts", "closed, accounts are computed and can be planned"),
  },
  {
    id: "exchange-mask",
    what: "masking what an app answers",
    file: "packages/connectors/src/call/show-exchange.ts",
    find: "const masked = maskBody(value, names);",
    replace: "const masked = value as MaskedJson;",
    test: test("test/lanes/acting.test.ts", "I05: neither the credential"),
  },
  {
    id: "receipts",
    what: "giving a receipt only for what was read back",
    file: "packages/provisioning/src/confirm-deactivation.ts",
    find: "if (!shown.value.active) return accept(work, progress, undefined, to);",
    replace: "return accept(work, progress, undefined, to);",
    test: e2e("offboarding", "an app that says success and does nothing gets no receipt"),
  },
  {
    id: "event-horizon",
    what: "showing no event above the oldest transaction that goes on",
    file: "packages/store/src/events.ts",
    find: " and e.place < (select bound from stream)",
    replace: "",
    test: test("test/lanes/event-order.test.ts", "what commits late is not passed over"),
  },
  {
    id: "event-order",
    what: "a place behind everything that was committed before",
    file: EVENTS_MIGRATION,
    find: "select greatest(pg_current_xact_id(), (select place from events where tenant_id = tenant order by place desc, seq desc limit 1))",
    replace: "select pg_current_xact_id()",
    test: test("test/lanes/event-order.test.ts", "who began first and wrote last comes last"),
  },
  {
    id: "event-tenant",
    what: "asking whether it is this tenant that has events",
    // The last one to define the function; what an earlier migration says of it is gone.
    file: "packages/store/src/migrations/0050-event-traces.sql",
    find: "event_streams where tenant_id = muster_scope() and enabled) then return null; end if;\n  if tg_op = 'INSERT' then",
    replace: "event_streams where enabled) then return null; end if;\n  if tg_op = 'INSERT' then",
    test: test("test/lanes/events.test.ts", "a tenant without events writes none"),
  },
  {
    id: "snapshot-cursor",
    what: "leaving out of a snapshot's events what the snapshot has",
    file: "packages/store/src/events.ts",
    find: "($4::pg_snapshot is null or not pg_visible_in_snapshot(e.xid, $4::pg_snapshot)) and (",
    replace: "($4::text is null or true) and (",
    test: test("test/lanes/event-order.test.ts", "what was under way when it was taken is told"),
  },
  {
    id: "webhook-signature",
    what: "reading a webhook's secret as the bytes that it stands for",
    file: "packages/runtime/src/sign-webhook.ts",
    find: 'createHmac("sha256", key)',
    replace: 'createHmac("sha256", secret)',
    test: test("packages/runtime/src/sign-webhook.test.ts", "verifies with the library that receivers use"),
  },
  {
    id: "webhook-fence",
    what: "the epoch check on the record of a delivery",
    file: "packages/store/src/fence.ts",
    find: "and epoch = ",
    replace: "and 0 < ",
    test: faults("webhooks", "F04: frozen while the receiver takes its time"),
  },
  {
    id: "webhook-behind",
    what: "looking under a webhook's lock for events whose mark is gone",
    file: "packages/provisioning/src/drain-webhook.ts",
    find: "dueInMs: end.dueInMs ?? (isBehind ? LOOK_AGAIN_MS : null),",
    replace: "dueInMs: end.dueInMs ?? (isBehind ? null : null),",
    test: test("test/lanes/events.test.ts", "L1: an event that comes while the last one known is told"),
  },
];
