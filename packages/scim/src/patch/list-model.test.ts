import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attributes } from "../json.ts";
import { attribute, plural } from "../schemas/definition.ts";
import { compileResourceSchema } from "../schemas/registry.ts";
import { userDefinition } from "../schemas/user.ts";
import { applyUserPatch, parseUser, type UserState } from "../user.ts";

const urn = "urn:example:acme:2.0:User";
const schema = compileResourceSchema("User", userDefinition, [
  {
    id: urn,
    name: "Acme",
    description: "",
    attributes: [
      plural("desks", ""),
      attribute("codes", "", { multiValued: true }),
      attribute("floor", "", { type: "integer" }),
    ],
  },
]);
const start: UserState = { userName: "j", externalId: null, active: true, attributes: {} };

type Desk = { value: string; type?: string; primary?: boolean };
type Model = { desks: Desk[]; codes: string[]; floor: number | null };
type Step =
  | { kind: "add" | "replace"; desks: Desk[] }
  | { kind: "primary"; type: string }
  | { kind: "remove"; type: string }
  | { kind: "addCodes" | "removeCodes"; codes: string[] }
  | { kind: "floor"; floor: number | null }
  | { kind: "clear" };

const word = fc.constantFrom("a", "b", "c");
const type = fc.constantFrom("work", "home");
const desk = fc.record({ value: word, type, primary: fc.boolean() }, { requiredKeys: ["value", "type"] });
const desks = fc
  .uniqueArray(desk, { minLength: 1, maxLength: 3, selector: (one) => `${one.value}/${one.type}` })
  .filter((list) => list.filter((one) => one.primary).length < 2);
const codes = fc.uniqueArray(word, { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("add" as const, "replace" as const), desks }),
  fc.record({ kind: fc.constant("primary" as const), type }),
  fc.record({ kind: fc.constant("remove" as const), type }),
  fc.record({ kind: fc.constantFrom("addCodes" as const, "removeCodes" as const), codes }),
  fc.record({ kind: fc.constant("floor" as const), floor: fc.option(fc.nat(9)) }),
  fc.record({ kind: fc.constant("clear" as const) }),
);

describe("the PATCH engine on a directory's own lists", () => {
  it("does what a naive model does, and keeps at most one primary", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const model: Model = { desks: [], codes: [], floor: null };
        // Marking a list without such an element is noTarget, a rule that has its own test.
        const possible = steps.filter((one) => act(model, one));
        fc.pre(possible.length > 0);

        const { user } = applyUserPatch(start, { Operations: possible.map(toOperation) }, schema);

        expect(user.attributes).toEqual(expected(model));
        expect(model.desks.filter(({ primary }) => primary === true).length).toBeLessThan(2);
        expect(applyUserPatch(user, { Operations: [{ op: "replace", value: user.attributes }] }, schema).changed).toBe(
          false,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("comes back the same by PUT of what is stored", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const model: Model = { desks: [], codes: [], floor: null };
        for (const one of steps) act(model, one);

        expect(parseUser({ userName: "j", ...expected(model) }, schema).user.attributes).toEqual(expected(model));
      }),
    );
  });
});

function toOperation(one: Step): unknown {
  switch (one.kind) {
    case "add":
    case "replace":
      return { op: one.kind, path: `${urn}:desks`, value: one.desks };
    case "primary":
      return { op: "replace", path: `${urn}:desks[type eq "${one.type}"].primary`, value: "True" };
    case "remove":
      return { op: "remove", path: `${urn}:desks[type eq "${one.type}"]` };
    case "addCodes":
      return { op: "add", value: { [urn]: { codes: one.codes } } };
    case "removeCodes":
      return { op: "remove", path: `${urn}:codes`, value: one.codes };
    case "floor":
      return { op: "replace", value: { [`${urn}:floor`]: one.floor } };
    case "clear":
      return { op: "remove", path: urn };
  }
}

/** Does the step to the model; false for one that the standard refuses. */
function act(model: Model, one: Step): boolean {
  switch (one.kind) {
    case "add":
      for (const added of one.desks) addDesk(model, added);
      break;
    case "replace":
      model.desks = one.desks.map((each) => ({ ...each }));
      break;
    case "primary": {
      const chosen = model.desks.filter((each) => each.type === one.type);
      if (chosen.length !== 1) return false;
      for (const each of model.desks) if (each.primary === true) each.primary = false;
      for (const each of chosen) each.primary = true;
      break;
    }
    case "remove":
      model.desks = model.desks.filter((each) => each.type !== one.type);
      break;
    case "addCodes":
      model.codes = [...new Set([...model.codes, ...one.codes])];
      break;
    case "removeCodes":
      model.codes = model.codes.filter((code) => !one.codes.includes(code));
      break;
    case "floor":
      model.floor = one.floor;
      break;
    case "clear":
      Object.assign(model, { desks: [], codes: [], floor: null });
  }
  return true;
}

function addDesk(model: Model, added: Desk): void {
  const same = model.desks.find((each) => each.value === added.value && each.type === added.type);
  if (same === undefined) model.desks.push({ ...added });
  else Object.assign(same, added);
  if (added.primary !== true) return;
  for (const each of model.desks) {
    if (each.primary === true && (each.value !== added.value || each.type !== added.type)) each.primary = false;
  }
}

function expected(model: Model): Attributes {
  const extension = {
    ...(model.desks.length === 0 ? {} : { desks: model.desks }),
    ...(model.codes.length === 0 ? {} : { codes: model.codes }),
    ...(model.floor === null ? {} : { floor: model.floor }),
  };
  return Object.keys(extension).length === 0 ? {} : { [urn]: extension };
}
