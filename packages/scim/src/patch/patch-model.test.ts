import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScimError } from "../scim-error.ts";
import { applyUserPatch, type UserState } from "../user.ts";

type Email = { value: string; type?: string; primary?: boolean };
type Model = { title?: string; name: Record<string, string>; emails: Email[]; active: boolean };
type Step =
  | { kind: "title"; op: "add" | "replace"; value: string | null }
  | { kind: "removeTitle" }
  | { kind: "name"; op: "add" | "replace"; value: Record<string, string | null> }
  | { kind: "part"; part: string; value: string }
  | { kind: "removePart"; part: string }
  | { kind: "addEmails"; value: Email[] }
  | { kind: "replaceEmails"; value: Email[] }
  | { kind: "removeType"; type: string }
  | { kind: "replaceType"; type: string; value: string }
  | { kind: "active"; value: boolean | string };

const word = fc.constantFrom("a", "b", "c");
const part = fc.constantFrom("givenName", "familyName", "middleName");
const email = fc.record(
  { value: word, type: fc.constantFrom("work", "home"), primary: fc.boolean() },
  { requiredKeys: ["value"] },
);
// Distinct by value and type, at most one primary: what a list looks like once it is stored.
const emails = fc
  .uniqueArray(email, { maxLength: 3, selector: (one) => `${one.value}/${one.type}` })
  .filter((list) => list.filter((one) => one.primary).length < 2);
const verb = fc.constantFrom("add" as const, "replace" as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("title" as const), op: verb, value: fc.option(word) }),
  fc.record({ kind: fc.constant("removeTitle" as const) }),
  fc.record({
    kind: fc.constant("name" as const),
    op: verb,
    value: fc.dictionary(part, fc.option(word), { maxKeys: 2 }),
  }),
  fc.record({ kind: fc.constant("part" as const), part, value: word }),
  fc.record({ kind: fc.constant("removePart" as const), part }),
  fc.record({ kind: fc.constant("addEmails" as const), value: emails }),
  fc.record({ kind: fc.constant("replaceEmails" as const), value: emails }),
  fc.record({ kind: fc.constant("removeType" as const), type: fc.constantFrom("work", "home") }),
  fc.record({ kind: fc.constant("replaceType" as const), type: fc.constantFrom("work", "home"), value: word }),
  fc.record({ kind: fc.constant("active" as const), value: fc.constantFrom(true, false, "True", "FALSE") }),
);

const start: UserState = { userName: "j", externalId: null, active: true, attributes: {} };

describe("the PATCH engine", () => {
  it("does what a naive model does, operation by operation", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const model: Model = { name: {}, emails: [], active: true };
        for (const one of steps) act(model, one);

        const { user } = applyUserPatch(start, { Operations: steps.map(toOperation) });

        expect(user).toEqual({ ...start, active: model.active, attributes: expectedAttributes(model) });
      }),
      { numRuns: 3_000 },
    );
  });

  it("comes to the same in one PATCH and in one PATCH per operation, and says truly whether it changed anything", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const whole = applyUserPatch(start, { Operations: steps.map(toOperation) });
        let user = start;
        for (const one of steps) {
          const before = JSON.stringify(user);
          const outcome = applyUserPatch(user, { Operations: [toOperation(one)] });
          expect(JSON.stringify(user)).toBe(before);
          if (!outcome.changed) expect(outcome.user).toEqual(user);
          user = outcome.user;
          expect(applyUserPatch(user, { Operations: [{ op: "replace", value: user.attributes }] }).changed).toBe(false);
        }

        expect(user).toEqual(whole.user);
      }),
    );
  });

  it("changes nothing if any operation fails", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), fc.array(step, { maxLength: 4 }), (before, after) => {
        const bad = { op: "replace", path: "userName", value: 7 };
        const Operations = [...before.map(toOperation), bad, ...after.map(toOperation)];

        expect(() => applyUserPatch(start, { Operations })).toThrow(ScimError);
        expect(start).toEqual({ userName: "j", externalId: null, active: true, attributes: {} });
      }),
    );
  });
});

function toOperation(one: Step): unknown {
  switch (one.kind) {
    case "title":
      return { op: one.op, path: "title", value: one.value };
    case "removeTitle":
      return { op: "remove", path: "title" };
    case "name":
      return { op: one.op, value: { name: one.value } };
    case "part":
      return { op: "replace", path: `name.${one.part}`, value: one.value };
    case "removePart":
      return { op: "remove", path: `name.${one.part}` };
    case "addEmails":
      return { op: "add", path: "emails", value: one.value };
    case "replaceEmails":
      return { op: "replace", path: "emails", value: one.value };
    case "removeType":
      return { op: "remove", path: `emails[type eq "${one.type}"]` };
    case "replaceType":
      return { op: "replace", path: `emails[type eq "${one.type}"].value`, value: one.value };
    case "active":
      return { op: "replace", path: "active", value: one.value };
  }
}

function act(model: Model, one: Step): void {
  switch (one.kind) {
    case "title":
      if (one.value !== null) model.title = one.value;
      else if (one.op === "replace") delete model.title;
      return;
    case "removeTitle":
      delete model.title;
      return;
    case "name":
      for (const [name, value] of Object.entries(one.value)) {
        if (value === null) delete model.name[name];
        else model.name[name] = value;
      }
      return;
    case "part":
      model.name[one.part] = one.value;
      return;
    case "removePart":
      delete model.name[one.part];
      return;
    case "addEmails":
      for (const added of one.value) addEmail(model, added);
      return;
    case "replaceEmails":
      model.emails = one.value.map((each) => ({ ...each }));
      return;
    case "removeType":
      model.emails = model.emails.filter(({ type }) => type !== one.type);
      return;
    case "replaceType":
      replaceType(model, one.type, one.value);
      return;
    case "active":
      model.active = String(one.value).toLowerCase() === "true";
  }
}

function addEmail(model: Model, added: Email): void {
  const same = model.emails.find(({ value, type }) => value === added.value && type === added.type);
  if (same === undefined) model.emails.push({ ...added });
  else Object.assign(same, added);
  if (added.primary !== true) return;
  for (const other of model.emails) {
    if (other.primary === true && (other.value !== added.value || other.type !== added.type)) other.primary = false;
  }
}

function replaceType(model: Model, type: string, value: string): void {
  const chosen = model.emails.filter((each) => each.type === type);
  if (chosen.length === 0) model.emails.push({ type, value });
  for (const each of chosen) each.value = value;
  // Those of one type now have one value too: they are one element, in which the first says what is what.
  const [first, ...others] = chosen;
  if (first === undefined) return;
  model.emails = model.emails.filter((each) => !others.includes(each));
  for (const other of others)
    if (first.primary === undefined && other.primary !== undefined) first.primary = other.primary;
}

function expectedAttributes(model: Model): unknown {
  return {
    ...(model.title === undefined ? {} : { title: model.title }),
    ...(Object.keys(model.name).length === 0 ? {} : { name: model.name }),
    ...(model.emails.length === 0 ? {} : { emails: model.emails }),
  };
}
