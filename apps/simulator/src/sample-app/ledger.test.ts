import { describe, expect, it } from "vitest";
import { at, idOf, patch, startForTest, user } from "./start-for-test.fixture.ts";

describe("ledger and detector", () => {
  it("numbers requests and says whom they were about", async () => {
    const { app, call } = await startForTest();
    const made = await call("POST", "/Users", user("ada", { externalId: "e1" }));
    await call("PATCH", at("Users", made), patch({ op: "replace", path: "active", value: false }));
    await call("GET", `/Users?filter=${encodeURIComponent('userName eq "ada"')}`);

    const entries = app.ledger();

    expect(entries.map(({ seq, method, status, active }) => [seq, method, status, active])).toEqual([
      [1, "POST", 201, true],
      [2, "PATCH", 200, false],
      [3, "GET", 200, undefined],
    ]);
    expect(entries[0]).toMatchObject({ userName: "ada", externalId: "e1", remoteId: idOf(made), answered: true });
    expect(app.ledger(2).map((entry) => entry.seq)).toEqual([3]);
    expect(app.counts()).toMatchObject({
      total: 3,
      users: 1,
      activeUsers: 0,
      byRoute: { "POST /Users": 1 },
      inFlight: 0,
    });
  });

  it("drops the oldest entries beyond its cap, or keeps counts only", async () => {
    const capped = await startForTest({ ledger: { maxEntries: 2 } });
    const counting = await startForTest({ ledger: { keep: "counts" } });
    for (let round = 0; round < 5; round += 1) {
      await capped.call("GET", "/Users");
      await counting.call("GET", "/Users");
    }

    expect(capped.app.ledger().map((entry) => entry.seq)).toEqual([4, 5]);
    expect(capped.app.counts()).toMatchObject({ total: 5, dropped: 3 });
    expect(counting.app.ledger()).toEqual([]);
    expect(counting.app.counts()).toMatchObject({ total: 5, byStatus: { "200": 5 } });
  });

  it("I06: counts a second account for an externalId or userName even when the first is deleted", async () => {
    const { app, call } = await startForTest();
    const first = await call("POST", "/Users", user("ada", { externalId: "e1" }));
    await call("POST", "/Users", user("grace", { externalId: "e2" }));
    await call("DELETE", at("Users", first));
    const clean = app.duplicates();

    const second = await call("POST", "/Users", user("Ada", { externalId: "e1" }));

    const remoteIds = [idOf(first), idOf(second)];
    expect(clean).toEqual([]);
    expect(app.duplicates()).toEqual([
      { by: "externalId", value: "e1", remoteIds },
      { by: "userName", value: "ada", remoteIds },
    ]);
    expect(app.counts().duplicates).toBe(2);
  });
});
