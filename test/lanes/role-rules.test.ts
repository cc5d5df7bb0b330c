import { changeGroup, createGroup, deleteGroup, makeChangeUser } from "@muster/directory";
import { getRules, putAssignments, putRules, type RuleInput } from "@muster/provisioning";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
});
afterEach(() => lab.close());

const person = async (userName: string, attributes = {}): Promise<string> =>
  (await lab.createUser({ userName, attributes })).id;
const group = async (displayName: string, members: readonly string[]): Promise<string> => {
  const made = await createGroup(lab, lab.scope, { group: { displayName, externalId: null, attributes: {} }, members });
  return made.value.record.id;
};
const change = (id: string, to: { displayName?: string; add?: string[]; remove?: string[] }) =>
  changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
    group: { ...current, displayName: to.displayName ?? current.displayName },
    changed: to.displayName !== undefined,
    members: to.add || to.remove ? { replaceAll: false, add: to.add ?? [], remove: to.remove ?? [] } : null,
  }));
const rule = (rules: RuleInput[], precedence: "first" | "highest" | "all" = "all") =>
  putRules(lab, lab.owner, lab.connectionId, { precedence, defaultRole: null, rules });
const drained = async (): Promise<Record<string, string>> => {
  await lab.drain();
  return peopleIn(lab.app);
};

describe("F1: rules by the names of groups", () => {
  it("F5: a prefix holds for groups there are and those to come, through rename, deletion and nesting, each time for everybody in them", async () => {
    const [ana, ben, cyd] = [await person("ana"), await person("ben"), await person("cyd")];
    const first = await group("Ledger-One", [ana]);
    await rule([{ group: { prefix: "ledger-" }, role: "editor" }]);
    const put = await drained();
    const second = await group("LEDGER-two", [ben]);
    const arrived = await drained();
    const third = await group("Others", [cyd]);
    await change(third, { displayName: "Ledger-three" });
    await change(first, { displayName: "One of Ledger-" });
    const renamed = await drained();
    await deleteGroup(lab, lab.scope, { id: second, expected: null });
    const deleted = await drained();
    await change(third, { add: [ben], remove: [cyd] });
    const moved = await drained();

    expect(put).toEqual({ ana: "active editor", ben: "active", cyd: "active" });
    expect(arrived).toEqual({ ana: "active editor", ben: "active editor", cyd: "active" });
    expect(renamed).toEqual({ ana: "active", ben: "active editor", cyd: "active editor" });
    expect(deleted).toEqual({ ana: "active", ben: "active", cyd: "active editor" });
    expect(moved).toEqual({ ana: "active", ben: "active editor", cyd: "active" });
  });

  it("a glob fits whole names, takes what SQL would take for a pattern as it is, and people below by nesting", async () => {
    const [ana, ben, cyd, dan] = [await person("ana"), await person("ben"), await person("cyd"), await person("dan")];
    await group("a_b%-Admins", [ana]);
    await group("aXbY-Admins", [ben]);
    await group("a_b%-Admins of old", [cyd]);
    await rule([{ group: { glob: "A_B%-admin?" }, role: "admin" }]);
    const plain = await drained();
    const squad = await group("Squad", [dan]);
    await group("a_b%-adminS.", [squad]);
    await rule([{ group: { glob: "*_B%-admin**" }, role: "admin" }]);
    const starred = await drained();

    expect(plain).toEqual({ ana: "active admin", ben: "active", cyd: "active", dan: "active" });
    expect(starred).toEqual({ ana: "active admin", ben: "active", cyd: "active admin", dan: "active admin" });
  });

  it("F2: a rule by id outlives a rename, and one whose group is gone matches nobody", async () => {
    const ana = await person("ana");
    const id = await group("Admins", [ana]);
    await rule([{ group: { id }, role: "admin", condition: "true" }]);
    await change(id, { displayName: "Something else" });
    const renamed = await drained();
    await deleteGroup(lab, lab.scope, { id, expected: null });

    expect(renamed).toEqual({ ana: "active admin" });
    expect(await drained()).toEqual({ ana: "active" });
  });

  it("shows what a pattern fits", async () => {
    await group("Ledger-One", []);
    await group("Ledger-Two", []);
    await rule([
      { group: { prefix: "Ledger-" }, role: "editor" },
      { group: { glob: "x*" }, role: "admin", condition: "true" },
    ]);
    const pattern = { id: null, displayName: null };

    expect((await getRules(lab, lab.owner, lab.connectionId)).rules).toEqual([
      { group: { ...pattern, prefix: "Ledger-", bound: true, matches: 2 }, role: "editor" },
      { group: { ...pattern, glob: "x*", bound: false, matches: 0 }, role: "admin", condition: "true" },
    ]);
  });

  it("house trap 2: a pattern fits a group that was created while the rules were being stored", async () => {
    const ana = await person("ana");
    await Promise.all([
      ...["a", "b", "c"].map((name) => group(`Late-${name}`, [ana])),
      rule([{ group: { prefix: "late-" }, role: "editor" }]),
    ]);

    expect(await drained()).toEqual({ ana: "active editor" });
    expect((await getRules(lab, lab.owner, lab.connectionId)).rules).toMatchObject([{ group: { matches: 3 } }]);
  });

  it("no pattern makes many names slow", async () => {
    for (let index = 0; index < 40; index += 1) await group(`${"a".repeat(980)}${index}`, []);
    const startedAt = performance.now();

    await rule([{ group: { glob: `${"*a".repeat(99)}b` }, role: "admin" }]);

    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("conditions of rules", () => {
  it("F6: decide for everybody again when the rules change, and for a person when they change", async () => {
    const change = makeChangeUser(lab);
    const [ana] = [await person("ana", { title: "Cook" }), await person("ben", { title: "Waiter" })];
    await rule([{ role: "editor", condition: 'user.title == "Cook"' }]);
    const first = await drained();
    await change(lab.scope, { id: ana, expected: null }, (current) => ({
      user: { ...current, attributes: { ...current.attributes, title: "Waiter" } },
      changed: true,
    }));
    const changed = await drained();
    await rule([{ role: "admin", condition: 'user.title == "Waiter"' }]);

    expect(first).toEqual({ ana: "active editor", ben: "active" });
    expect(changed).toEqual({ ana: "active", ben: "active" });
    expect(await drained()).toEqual({ ana: "active admin", ben: "active admin" });
  });

  it("F5: the names of groups are looked at again when somebody comes or goes, and when a group is renamed or deleted", async () => {
    const [ana, ben] = [await person("ana"), await person("ben")];
    const team = await group("Team", [ana]);
    await rule([{ role: "editor", condition: 'groups.exists(name, name.startsWith("Team"))' }]);
    const first = await drained();
    await change(team, { add: [ben], remove: [ana] });
    const moved = await drained();
    const top = await group("Team of teams", [await group("Squad", [ana])]);
    const nested = await drained();
    await change(team, { displayName: "Crew" });
    const renamed = await drained();
    await deleteGroup(lab, lab.scope, { id: top, expected: null });

    expect(first).toEqual({ ana: "active editor", ben: "active" });
    expect(moved).toEqual({ ana: "active", ben: "active editor" });
    expect(nested).toEqual({ ana: "active editor", ben: "active editor" });
    expect(renamed).toEqual({ ana: "active editor", ben: "active" });
    expect(await drained()).toEqual({ ana: "active", ben: "active" });
  });

  it("SD15: a rename of a group by whose pattern 600 people have a role reaches all of them", async () => {
    const ids = await Promise.all(Array.from({ length: 600 }, (_, index) => person(`user-${index}`)));
    const all = await group("Ledger-all", ids);
    await rule([{ group: { prefix: "Ledger-" }, role: "editor" }]);
    const editors = () => Object.values(peopleIn(lab.app)).filter((state) => state === "active editor").length;
    await lab.drain();
    const before = editors();
    await change(all, { displayName: "All" });
    await lab.drain();

    expect(before).toBe(600);
    await waitFor(() => editors() === 0, { timeoutMs: 5_000, what: "nobody to be an editor" });
  });
});

describe("bad rules", () => {
  it.each<[string, RuleInput, string]>([
    [
      "a condition that does not compile",
      { role: "admin", condition: "user." },
      "rules[1].condition cannot be used. The expression cannot be read",
    ],
    ["a condition with an unknown name", { role: "admin", condition: "usr.title == 1" }, "usr"],
    [
      "a condition with now",
      { role: "admin", condition: 'now > "2026"' },
      "a condition cannot use now, start and end dates do that",
    ],
    ["a condition with roles", { role: "admin", condition: '"x" in roles' }, "roles"],
    ["neither group nor condition", { role: "admin" }, "rules[1] names no group and has no condition"],
    ["two patterns", { role: "admin", group: { prefix: "a", glob: "b" } }, "rules[1].group has prefix and glob"],
  ])("%s is refused, and nothing is stored", async (_what, bad, message) => {
    const before = await rule([{ role: "viewer", condition: "true" }]);

    await expect(rule([{ role: "viewer", condition: "false" }, bad])).rejects.toThrow(message);
    expect(await getRules(lab, lab.owner, lab.connectionId)).toEqual(before);
  });

  it("more conditions, or more patterns, than are evaluated for everybody are refused", async () => {
    const many = (count: number, one: (index: number) => Partial<RuleInput>) =>
      rule(Array.from({ length: count }, (_, index) => ({ role: "viewer", ...one(index) })));

    await expect(many(101, (index) => ({ condition: `user.title == "${index}"` }))).rejects.toThrow(
      "at most 100 different conditions",
    );
    await expect(many(51, (index) => ({ group: { prefix: `${index}` } }))).rejects.toThrow(
      "at most 50 groups by prefix or glob",
    );
  });
});
