import { ScimError, type UserState } from "@muster/scim";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UserChanger } from "./change-user.ts";
import { type CreateUser, makeCreateUser } from "./create-user.ts";
import { openPeopleLab, type PeopleLab, person } from "./fixtures/open-people-lab.ts";
import { type ChangeUser, makeChangeUser } from "./make-change-user.ts";
import type { DirectoryScope } from "./scope.ts";

let lab: PeopleLab;
let createUser: CreateUser;
let changeUser: ChangeUser;

beforeAll(async () => {
  lab = await openPeopleLab();
  createUser = makeCreateUser(lab);
  changeUser = makeChangeUser(lab);
});
afterAll(() => lab.close());

const retitle =
  (title: string): UserChanger =>
  (user) => ({ user: { ...user, attributes: { ...user.attributes, title } }, changed: true });
const change = (scope: DirectoryScope, id: string, by: UserChanger, expected: number | null = null) =>
  changeUser(scope, { id, expected: expected === null ? null : [expected] }, by);
const addPeople = (scope: DirectoryScope, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, index) => createUser(scope, person(`p-${String(index).padStart(2, "0")}`))),
  ).then((made) => made.map(({ value }) => value.record));
const titles = (scope: DirectoryScope) =>
  lab
    .rows<{ title: string | null }>(scope, "select attributes ->> 'title' as title from users order by user_name")
    .then((rows) => rows.map(({ title }) => title));
const keysOf = (scope: DirectoryScope) =>
  lab
    .rows<{ key: string }>(scope, "select email_key as key from user_emails order by 1")
    .then((rows) => rows.map(({ key }) => key));

describe("changes that share a transaction", () => {
  it("house trap 10: one that is refused, by us or by the database, fails only its caller", async () => {
    const [one, two] = [await lab.openScope(), await lab.openScope()];
    const [inOne, inTwo] = [await addPeople(one, 4), await addPeople(two, 2)];
    const bad: Record<number, UserChanger> = {
      1: () => {
        throw new ScimError(400, "invalidValue", "no");
      },
      // Postgres keeps no U+0000; the parser refuses it long before, so it must be put in here.
      2: retitle("\u0000"),
    };

    const done = await Promise.allSettled([
      ...inOne.map(({ id }, index) => change(one, id, bad[index] ?? retitle("new"))),
      ...inTwo.map(({ id }) => change(two, id, retitle("new"))),
    ]);

    expect(done.map(({ status }) => status === "fulfilled")).toEqual([true, false, false, true, true, true]);
    expect(await titles(one)).toEqual(["new", null, null, "new"]);
    expect(await titles(two)).toEqual(["new", "new"]);
  });

  it("V05: nobody of another tenant or directory is found, and a made-up id is the same 404", async () => {
    const [one, two] = [await lab.openScope(), await lab.openScope()];
    const [first] = await addPeople(one, 1);
    const id = first?.id ?? "";
    const beside = { ...one, directoryId: two.directoryId };

    const done = await Promise.allSettled(
      [two, beside].flatMap((scope) => [id, "nobody", id.toUpperCase()].map((any) => change(scope, any, retitle("x")))),
    );

    for (const each of done) expect(each).toMatchObject({ status: "rejected", reason: { status: 404 } });
    expect(await titles(one)).toEqual([null]);
  });

  it("applies changes of one person one after the other, in the order in which they came", async () => {
    const scope = await lab.openScope();
    const [one] = await addPeople(scope, 1);
    const append =
      (letter: string): UserChanger =>
      (user) =>
        retitle(`${String(user.attributes["title"] ?? "")}${letter}`)(user);

    const done = await Promise.all([..."abcdefgh"].map((letter) => change(scope, one?.id ?? "", append(letter))));

    expect(done.map(({ value }) => value.record.version)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await titles(scope)).toEqual(["abcdefgh"]);
  });

  it("writes nothing where nothing changes, and nothing from another version than it was made from", async () => {
    const scope = await lab.openScope();
    const [one, two] = await addPeople(scope, 2);
    const same: UserChanger = (user) => ({ user, changed: false });

    const [kept, refused] = await Promise.allSettled([
      change(scope, one?.id ?? "", same, 1),
      change(scope, two?.id ?? "", retitle("late"), 7),
    ]);

    expect(kept).toMatchObject({ value: { value: { record: one }, marked: { connectionIds: [] } } });
    expect(refused).toMatchObject({ reason: { status: 412 } });
    expect(await lab.rows(scope, "select version, updated_at = created_at as same from users")).toEqual([
      { version: 1, same: true },
      { version: 1, same: true },
    ]);
  });

  it("B11: a rename keeps the id, and a name that is taken is 409 to its caller alone", async () => {
    const scope = await lab.openScope();
    const [one, two, three] = await addPeople(scope, 3);
    const rename =
      (userName: string): UserChanger =>
      (user) => ({ user: { ...user, userName }, changed: true });

    const done = await Promise.allSettled([
      change(scope, one?.id ?? "", rename("P-01")),
      change(scope, two?.id ?? "", retitle("new")),
      change(scope, three?.id ?? "", rename("free")),
    ]);

    expect(done[0]).toMatchObject({ reason: { status: 409, scimType: "uniqueness" } });
    expect(done[2]).toMatchObject({ value: { value: { record: { id: three?.id, user: { userName: "free" } } } } });
    expect(await titles(scope)).toEqual([null, null, "new"]);
  });

  it("F18: a row that somebody else has locked holds up nobody but its own caller", async () => {
    const [one, two] = [await lab.openScope(), await lab.openScope()];
    const [inOne, inTwo] = [await addPeople(one, 6), await addPeople(two, 6)];
    const stranger = new pg.Client({ connectionString: lab.databaseUrl });
    await stranger.connect();
    await stranger.query("begin");
    await stranger.query("select 1 from users where id = $1 for update", [inOne[0]?.id]);

    let isHeldUp = true;
    const held = change(one, inOne[0]?.id ?? "", retitle("held")).finally(() => {
      isHeldUp = false;
    });
    await Promise.all([
      ...inOne.slice(1).map(({ id }) => change(one, id, retitle("free"))),
      ...inTwo.map(({ id }) => change(two, id, retitle("free"))),
    ]);
    const wasHeldUp = isHeldUp;
    await stranger.query("rollback");
    await stranger.end();

    expect(wasHeldUp).toBe(true);
    expect((await held).value.record.version).toBe(2);
    expect(await titles(one)).toEqual(["held", "free", "free", "free", "free", "free"]);
  });

  it("F18: whoever waits for a lock that is never given back is told to try again, and another tenant waits for nobody", async () => {
    const [one, two] = [await lab.openScope(), await lab.openScope()];
    const [[first], inTwo] = [await addPeople(one, 1), await addPeople(two, 6)];
    const stranger = new pg.Client({ connectionString: lab.databaseUrl });
    await stranger.connect();
    await stranger.query("begin");
    await stranger.query("select 1 from users where id = $1 for update", [first?.id]);

    const held = change(one, first?.id ?? "", retitle("held")).catch((error: unknown) => error);
    await Promise.all(inTwo.map(({ id }) => change(two, id, retitle("free"))));

    expect(await held).toMatchObject({ name: "StoreUnavailable" });
    await stranger.query("rollback");
    await stranger.end();
    expect(await titles(two)).toEqual(Array.from({ length: 6 }, () => "free"));
  });

  it("F19: changes of the same people in opposite orders, from two processes at once, all arrive", async () => {
    const other = makeChangeUser(lab);
    const [one, two] = [await lab.openScope(), await lab.openScope()];
    const people = [
      ...(await addPeople(one, 10)).map(({ id }) => ({ scope: one, id })),
      ...(await addPeople(two, 10)).map(({ id }) => ({ scope: two, id })),
    ];
    const rounds = Array.from({ length: 10 }, (_, round) => round);

    await Promise.all(
      rounds.flatMap((round) => [
        ...people.map(({ scope, id }) => change(scope, id, retitle(`a${round}`))),
        ...people.toReversed().map(({ scope, id }) => other(scope, { id, expected: null }, retitle(`b${round}`))),
      ]),
    );

    for (const scope of [one, two])
      expect(await lab.rows(scope, "select distinct version from users")).toEqual([{ version: 21 }]);
  });

  it("has one audit row for every change", async () => {
    const scope = await lab.openScope();
    const people = await addPeople(scope, 5);

    await Promise.all(people.map(({ id }) => change(scope, id, retitle("new"))));

    const audited = await lab.rows<{ target: string }>(
      scope,
      "select target from audit where action = 'user.update' order by 1",
    );
    expect(audited.map(({ target }) => target)).toEqual(people.map(({ id }) => id).sort());
  });
});

describe("e-mail keys", () => {
  const mailed = (...values: string[]): UserState["attributes"] => ({ emails: values.map((value) => ({ value })) });

  it("are those of every address, folded, cut and once, and follow each change", async () => {
    const scope = await lab.openScope();
    const long = `${"é".repeat(600)}@example.com`;
    const { value } = await createUser(
      scope,
      person("ana", { attributes: mailed("Ana@Example.com", "ana@example.com", long) }),
    );
    const first = await keysOf(scope);
    await change(scope, value.record.id, retitle("same e-mails"));
    const second = await keysOf(scope);
    await change(scope, value.record.id, (user) => ({
      user: { ...user, attributes: mailed("new@example.com", "ANA@example.com") },
      changed: true,
    }));

    expect(first).toEqual(["ana@example.com", "é".repeat(512)]);
    expect(second).toEqual(first);
    expect(await keysOf(scope)).toEqual(["ana@example.com", "new@example.com"]);
  });
});
