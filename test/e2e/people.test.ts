import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer, Body } from "./clients.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let tenant: Tenant;
let workshop: Workshop;
let connectionId: string;
let made = 0;

beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
  tenant = await stage.newTenant();
  ({ connectionId } = await workshop.connect(tenant));
});
afterAll(async () => {
  await stage.close();
});

const fresh = (): string => {
  made += 1;
  return `person-${made}@example.com`;
};
const filtered = (of: Tenant, filter: string): Promise<Answer> =>
  of.scim.get(`/Users?filter=${encodeURIComponent(filter)}`);

/** What is stored of a tenant's people; what requests were made is no part of it. */
const rowsOf = async ({ id }: Tenant): Promise<string[]> =>
  (await stage.ledger.rows(id)).filter((row) => !row.startsWith("requests: "));

describe("V57: what was accepted is what is there", () => {
  const wholePerson = {
    name: { givenName: "Ada", familyName: "King" },
    emails: [{ value: "ada@example.com", type: "work", primary: true }],
    title: "Countess",
  };
  const shown = async ({ status, body }: Answer): Promise<void> => {
    expect(status).toBeLessThan(300);
    const read = await tenant.scim.get(`/Users/${body.id}`);
    expect(read.body).toEqual(body);
  };

  it.each([true, false, undefined])(
    "after a create with active %s, and then after every way to change it",
    async (active) => {
      const userName = fresh();
      const created = await tenant.scim.post("/Users", { userName, externalId: userName, active, ...wholePerson });
      const at = `/Users/${created.body.id}`;

      await shown(created);
      expect(created.body.active).toBe(active ?? true);
      await shown(await tenant.scim.patch(at, { op: "replace", path: "active", value: false }));
      await shown(await tenant.scim.put(at, { userName, externalId: userName, active: true, title: "Lady" }));
      await shown(await tenant.scim.patch(at, { op: "add", value: { userName: fresh(), nickName: "A" } }));
      await shown(await tenant.scim.patch(at, { op: "replace", path: "active", value: "False" }));
      await shown(await tenant.scim.post("/Users", { userName, externalId: userName, ...wholePerson }));
      await tenant.scim.delete(at);
      await shown(await tenant.scim.post("/Users", { userName, externalId: userName }));
    },
  );

  it("also for somebody who returns to the groups that kept a place", async () => {
    const userName = fresh();
    const { id } = await tenant.scim.createUser({ userName, externalId: userName });
    const group = await tenant.scim.createGroup({ displayName: `Keeps ${userName}` });
    await tenant.scim.delete(`/Users/${id}`);
    await tenant.scim.patch(`/Groups/${group.id}`, { op: "add", path: "members", value: [{ value: id }] });

    const back = await tenant.scim.post("/Users", { userName, externalId: userName });

    await shown(back);
    expect(back.body.groups).toMatchObject([{ value: group.id }]);
  });
});

describe("B10, V58: coming back", () => {
  it("a create for somebody who was switched off answers 201 under the same id, and the same account is used again", async () => {
    const userName = fresh();
    const { id } = await tenant.scim.createUser({ userName, externalId: userName });
    await workshop.settled(connectionId);
    const account = workshop.app.user(userName);
    await tenant.scim.patch(`/Users/${id}`, { op: "replace", value: { active: false } });
    await workshop.settled(connectionId);
    const off = workshop.app.user(userName)?.active;

    const again = await tenant.scim.post("/Users", { userName, externalId: userName, title: "Back" });
    await workshop.settled(connectionId);

    expect([off, again.status, again.body.id]).toEqual([false, 201, id]);
    expect(workshop.app.user(userName)).toMatchObject({ id: account?.id, active: true });
    expect(workshop.app.duplicates()).toEqual([]);
  });
});

describe("B11: a new name", () => {
  it("keeps the id and the account in the app, whether by PATCH or PUT", async () => {
    const [first, second, third] = [fresh(), fresh(), fresh()];
    const { id } = await tenant.scim.createUser({ userName: first, externalId: first });
    await workshop.settled(connectionId);
    const account = workshop.app.user(first)?.id;

    await tenant.scim.patch(`/Users/${id}`, { op: "replace", path: "userName", value: second });
    await tenant.scim.put(`/Users/${id}`, { userName: third, externalId: first });
    await workshop.settled(connectionId);

    expect((await tenant.scim.get(`/Users/${id}`)).body.userName).toBe(third);
    expect(workshop.app.user(third)?.id).toBe(account);
    expect([workshop.app.user(first), workshop.app.user(second)]).toEqual([undefined, undefined]);
  });
});

describe("V04: one person at two customers", () => {
  it("is two rows with two ids, and nothing of the other customer moves", async () => {
    const [a, b] = [await stage.newTenant(), await stage.newTenant()];
    const user = { userName: "same@example.com", externalId: "7", emails: [{ value: "same@example.com" }] };
    const inB = await b.scim.createUser({ ...user, name: { familyName: "Of B" } });
    const before = await rowsOf(b);

    const inA = await a.scim.createUser({ ...user, name: { familyName: "Of A" } });
    await a.scim.patch(`/Users/${inA.id}`, { op: "replace", value: { title: "x", active: false } });
    await a.scim.post("/Users", user);
    await a.scim.delete(`/Users/${inA.id}`);

    expect(inA.id).not.toBe(inB.id);
    expect(await rowsOf(b)).toEqual(before);
  });
});

describe("V59, I11: a request that is refused", () => {
  it("leaves everything as it was, whatever was sent to whomever", async () => {
    const acme = await stage.newTenant();
    const [one, two] = [
      await acme.scim.createUser({ userName: "one", externalId: "1", emails: [{ value: "one@example.com" }] }),
      await acme.scim.createUser({ userName: "two", externalId: "2" }),
    ];
    await acme.scim.patch(`/Users/${two.id}`, { op: "replace", path: "active", value: false });
    const values = ["one", "TWO", "", 7, null, [], {}, "x".repeat(70_000), "\u0000"];
    const body = fc.record(
      {
        userName: fc.constantFrom<unknown>(...values),
        externalId: fc.constantFrom<unknown>("3", ...values),
        active: fc.constantFrom<unknown>("maybe", ...values),
        emails: fc.constantFrom<unknown>([{ value: "new@example.com" }], ...values),
      },
      { requiredKeys: ["userName"] },
    );
    const path = fc.constantFrom(
      "userName",
      "active",
      "emails[type eq",
      "no.such",
      "id",
      "emails",
      'emails[type eq "x"].value',
    );
    const operation = fc.record(
      { op: fc.constantFrom("replace", "add", "remove", "move"), path, value: fc.constantFrom<unknown>(...values) },
      { requiredKeys: ["op"] },
    );
    const id = fc.constantFrom(one.id, two.id, "nobody");
    const match = fc.constantFrom<Record<string, string>>({}, { "If-Match": 'W/"9"' }, { "If-Match": "nonsense" });
    const write = fc.oneof(
      fc.tuple(fc.constant("POST"), fc.constant("/Users"), body, fc.constant({})),
      fc.tuple(
        fc.constant("PUT"),
        id.map((of) => `/Users/${of}`),
        body,
        match,
      ),
      fc.tuple(
        fc.constant("PATCH"),
        id.map((of) => `/Users/${of}`),
        fc.array(operation, { maxLength: 3 }).map((Operations) => ({ Operations })),
        match,
      ),
      fc.tuple(fc.constant("DELETE"), fc.constant("/Users/nobody"), fc.constant(undefined), match),
    );
    let refused = 0;
    let before = await rowsOf(acme);

    await fc.assert(
      fc.asyncProperty(write, async ([method, at, sent, headers]) => {
        const { status } = await acme.scim.send(method, at, sent, { headers });
        expect(status).toBeLessThan(500);
        const after = await rowsOf(acme);
        if (status >= 400) {
          refused += 1;
          expect(after).toEqual(before);
        }
        before = after;
      }),
      { numRuns: 120 },
    );

    expect(refused).toBeGreaterThan(40);
  });
});

describe("V61: a name that a create calls taken", () => {
  it("is found by a filter on the same value, however it is written and whoever has it", async () => {
    const acme = await stage.newTenant();
    const names = ["ada", "Straße@example.com", "É\u0301lan", "ΣΊΣΥΦΟΣ", "i\u0307stanbul", 'quo"te\\', "ﬁle"];
    for (const userName of names) await acme.scim.createUser({ userName });
    const variants = (name: string) => [
      ...new Set([name, name.toUpperCase(), name.toLowerCase(), name.normalize("NFD"), name.normalize("NFC")]),
    ];
    let taken = 0;

    for (const userName of names.flatMap(variants)) {
      const answer = await acme.scim.post("/Users", { userName });
      const found = await filtered(acme, `userName eq ${JSON.stringify(userName)}`);
      if (answer.status === 409) taken += 1;
      expect([userName, found.body.totalResults]).toEqual([userName, 1]);
    }

    expect(taken).toBeGreaterThanOrEqual(names.length);
  });

  it("is found when the holder is inactive, and free when the holder was deleted", async () => {
    const acme = await stage.newTenant();
    const { id } = await acme.scim.createUser({ userName: "ada", active: false });
    const taken = await acme.scim.post("/Users", { userName: "ADA" });
    const found = await filtered(acme, 'userName eq "ADA"');
    await acme.scim.delete(`/Users/${id}`);
    const free = await acme.scim.post("/Users", { userName: "ADA" });

    expect([taken.status, found.body.Resources.map((one: Body) => one.id), free.status]).toEqual([409, [id], 201]);
    expect(free.body.id).not.toBe(id);
  });
});

describe("F31, I08: requests that come late, twice or in another order", () => {
  it("bring nobody back who was switched off, unless one of them says so", async () => {
    const acme = await stage.newTenant();
    const { id } = await acme.scim.createUser({ userName: "leaver", externalId: "l" });
    const at = `/Users/${id}`;
    const profile = { userName: "leaver", externalId: "l" };
    const writes = [
      () => acme.scim.put(at, { ...profile, title: "late" }),
      () => acme.scim.patch(at, { op: "replace", value: { title: "later", "name.familyName": "King" } }),
      () => acme.scim.patch(at, { op: "add", path: "emails", value: [{ value: "l@example.com" }] }),
      () => acme.scim.patch(at, { op: "remove", path: "title" }),
      () => acme.scim.patch(at, { op: "replace", path: "active", value: "False" }),
    ];
    const active = async (): Promise<unknown> => (await acme.scim.get(at)).body.active;

    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...writes, ...writes], { minLength: 10 }), async (log) => {
        await acme.scim.patch(at, { op: "replace", path: "active", value: true });
        expect(await active()).toBe(true);
        for (const write of log) expect((await write()).status).toBe(200);

        expect(await active()).toBe(false);
      }),
      { numRuns: 10 },
    );
  });

  it("a request that is sent again changes nothing more, and a replay of them all ends where they ended", async () => {
    const acme = await stage.newTenant();
    const { id } = await acme.scim.createUser({ userName: "again", externalId: "r" });
    const at = `/Users/${id}`;
    const log = [
      () => acme.scim.patch(at, { op: "replace", value: { title: "one", active: false } }),
      () => acme.scim.patch(at, { op: "add", path: "emails", value: [{ value: "again@example.com", type: "work" }] }),
      () => acme.scim.put(at, { userName: "again", externalId: "r", title: "two", active: true }),
      () => acme.scim.patch(at, { op: "replace", path: "active", value: false }),
    ];
    const state = async () => {
      const { meta: _meta, ...rest } = (await acme.scim.get(at)).body;
      return rest;
    };

    for (const write of log) {
      const first = await write();
      const rows = await rowsOf(acme);
      const second = await write();
      expect(second.body).toEqual(first.body);
      expect(await rowsOf(acme)).toEqual(rows);
    }
    const ended = await state();
    for (const write of log) await write();

    expect(await state()).toEqual(ended);
  });
});
