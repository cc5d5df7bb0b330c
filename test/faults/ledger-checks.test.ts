import type { LedgerEntry } from "@muster/simulator";
import { describe, expect, it } from "vitest";
import { callsBeyondLimits, callsInQuarantine, lateRemovals, needlessWrites, strangeError } from "./ledger-checks.ts";
import { unaskedChanges } from "./unasked-changes.ts";

// The checks of every fault, against ledgers that show what must not happen, and the same ledger when all is well.

let seq = 0;
/** A call that was answered well, ten milliseconds after it came. */
function call(atMs: number, entry: Partial<LedgerEntry> = {}): LedgerEntry {
  seq += 1;
  const made = { method: "PATCH", path: "/Users/1", query: "", status: 200, answered: true, tokenOk: true };
  return { seq, atMs, doneAtMs: atMs + 10, ...made, ...entry };
}
const create = (atMs: number, entry: Partial<LedgerEntry> = {}) =>
  call(atMs, { method: "POST", path: "/Users", status: 201, userName: "ana", remoteId: "1", active: true, ...entry });
const leave = (atMs: number, entry: Partial<LedgerEntry> = {}) =>
  call(atMs, { userName: "ana", remoteId: "1", active: false, ...entry });
const probe = (atMs: number, entry: Partial<LedgerEntry> = {}) =>
  call(atMs, {
    method: "GET",
    path: "/Users",
    query: "filter=userName%20eq%20%22muster-connection-check%22",
    ...entry,
  });

describe("I03: nobody is active for longer than T after an accepted removal", () => {
  const removed = { userName: "ana", acceptedAtMs: 1_000, untilMs: Number.POSITIVE_INFINITY };
  const late = (ledger: LedgerEntry[], removal = removed, sinceMs = 0) =>
    lateRemovals(ledger, [removal], { withinMs: 5_000, sinceMs });

  it("tells of a removal that came late, of a create after it, and of a second account", () => {
    expect(late([create(0), leave(7_000)])).toEqual(["I03: ana was active for 6010 ms after the removal"]);
    expect(late([create(0), leave(2_000), create(8_000, { remoteId: "2" })])).toHaveLength(1);
    expect(
      late([create(0), create(500, { remoteId: "2" }), leave(2_000), leave(9_000, { remoteId: "2" })]),
    ).toHaveLength(1);
    // Made before the ledger began.
    expect(late([leave(7_000)])).toHaveLength(1);
  });

  it("tells of nothing when it came in time, came again, was taken back, or the app was down", () => {
    expect(late([create(0), leave(2_000)])).toEqual([]);
    expect(late([create(0), leave(2_000), leave(9_000)])).toEqual([]);
    expect(late([create(0, { active: false }), leave(9_000)])).toEqual([]);
    expect(late([create(0), leave(9_000)], { ...removed, untilMs: 3_000 })).toEqual([]);
    expect(late([create(0), leave(9_000)], removed, 2_000)).toEqual([]);
    expect(late([create(0), leave(2_000, { status: 503, answered: true }), probe(8_500), leave(9_000)])).toEqual([]);
  });
});

describe("I08, I09: nobody is made inactive, or active again, whom nobody asked for", () => {
  const asked = { inactive: new Set<string>(), active: new Set<string>() };

  it("tells of both", () => {
    const back = call(2_000, { userName: "ana", remoteId: "1", active: true });

    expect(unaskedChanges([create(0), leave(1_000), back], asked)).toEqual([
      "ana was made inactive",
      "ana was made active again",
    ]);
    expect(unaskedChanges([create(0), leave(1_000)], { ...asked, inactive: new Set(["ana"]) })).toEqual([]);
  });
});

describe("I16: nothing is said twice", () => {
  const title = (atMs: number, value: string, entry: Partial<LedgerEntry> = {}) =>
    call(atMs, { requestBody: value, ...entry });

  it("tells of a change that was sent again although the app had it", () => {
    expect(needlessWrites([title(0, "Baker"), title(100, "Baker")])).toHaveLength(1);
  });

  it("tells of nothing when something was said in between, the answer was lost, or another account is meant", () => {
    expect(needlessWrites([title(0, "Baker"), title(50, "Cook"), title(100, "Baker")])).toEqual([]);
    expect(needlessWrites([title(0, "Baker", { answered: false }), title(100, "Baker")])).toEqual([]);
    expect(needlessWrites([title(0, "Baker", { faults: ["alter"] }), title(100, "Baker")])).toEqual([]);
    expect(needlessWrites([title(0, "Baker"), title(100, "Baker", { path: "/Users/2" })])).toEqual([]);
    // Sent first and applied last, as of a worker that was frozen.
    const frozen = title(0, "Cook", { doneAtMs: 200 });
    expect(needlessWrites([frozen, title(100, "Baker"), title(300, "Baker")])).toEqual([]);
  });
});

describe("I17: limits and pauses are kept", () => {
  const limits = { maxInFlight: 2, ratePerSecond: null };

  it("tells of more calls at once than the connection may have", () => {
    const three = [create(0), create(5), create(8)];

    expect(callsBeyondLimits(three, limits)).toEqual(["I17: 3 calls were in flight, of 2"]);
    expect(callsBeyondLimits(three, { ...limits, maxInFlight: 3 })).toEqual([]);
    expect(callsBeyondLimits([create(0), create(5, { answered: false }), create(8)], limits)).toEqual([]);
  });

  it("tells of creates that come faster than the connection allows", () => {
    const creates = Array.from({ length: 40 }, (_, index) => create(index * 20));

    expect(callsBeyondLimits(creates, { maxInFlight: 2, ratePerSecond: 10 })).toHaveLength(1);
    expect(callsBeyondLimits(creates, { maxInFlight: 2, ratePerSecond: 50 })).toEqual([]);
  });

  it.each([
    ["seconds", "4", 3_900],
    ["a date", new Date(6_000).toUTCString(), 5_900],
    ["nonsense", "soon", 4_900],
    ["nothing", undefined, 4_900],
  ])("tells of calls in a pause that is asked for by %s", (_, retryAfter, insideMs) => {
    const refused = create(0, { status: 429, ...(retryAfter === undefined ? {} : { retryAfter }) });
    const beside = [create(20), create(40)];
    const after = [create(6_100), create(6_200), create(6_300)];

    expect(callsBeyondLimits([refused, ...beside, ...after], limits)).toEqual([]);
    expect(callsBeyondLimits([refused, ...beside, create(insideMs), ...after], limits)).toHaveLength(1);
  });
});

describe("I20: a connection in quarantine is only probed", () => {
  const quarantines = [{ fromMs: 1_000, toMs: 9_000 }];

  it("tells of whatever else was sent before a probe went well", () => {
    const failed = probe(2_000, { status: 503 });

    expect(callsInQuarantine([create(0), failed, create(3_000), probe(4_000)], quarantines)).toEqual([
      "I20: POST /Users was sent in quarantine",
    ]);
    expect(callsInQuarantine([create(0), failed, probe(4_000), create(4_100), create(9_500)], quarantines)).toEqual([]);
  });
});

describe("I21: an error is one of SCIM", () => {
  const type = "application/scim+json; charset=utf-8";
  const text = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"503","detail":"later"}';

  it.each([
    ["another format", { status: 503, type: "text/html", text }],
    ["another body", { status: 503, type, text: '{"error":"later"}' }],
    ["another status inside", { status: 500, type, text }],
    ["nothing", { status: 503, type: null, text: "" }],
  ])("tells of %s", (_, answer) => {
    expect(strangeError(answer)).toContain(String(answer.status));
  });

  it("lets what is in order pass", () => {
    expect([strangeError({ status: 503, type, text }), strangeError({ status: 204, type: null, text: "" })]).toEqual([
      null,
      null,
    ]);
  });
});
