import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFilter } from "../filter/format.ts";
import { parseFilter } from "../filter/parse.ts";
import { carryImmutable } from "../immutable.ts";
import { parseProjection, project } from "../project.ts";
import { refusalOf } from "../refusal.fixture.ts";
import { toUserResource } from "../resource.ts";
import { ScimError } from "../scim-error.ts";
import { enterpriseUserUrn, userUrn } from "../urns.ts";
import { applyUserPatch, parseUser } from "../user.ts";
import { schemas } from "./discovery.ts";
import { directorySchemas, parseExtensionDefinition } from "./extension.ts";

const urn = "urn:example:params:scim:schemas:extension:acme:2.0:User";
const acme = parseExtensionDefinition({
  resourceType: "User",
  id: urn,
  name: "Acme",
  attributes: [
    { name: "badge", caseExact: true },
    { name: "start", type: "dateTime" },
    { name: "tags", multiValued: true },
    {
      name: "desk",
      type: "complex",
      subAttributes: [
        { name: "floor", type: "integer" },
        { name: "open", type: "boolean" },
      ],
    },
  ],
});
const { User, Group } = directorySchemas([acme]);

describe("an extension schema of a directory (B14, RFC 7643 section 7)", () => {
  it("is read by POST, changed by PATCH with its URN in any case, and listed in schemas while it has values", () => {
    const { user } = parseUser({ userName: "a", [urn.toUpperCase()]: { BADGE: "B1", desk: { floor: 3 } } }, User);
    expect(user.attributes).toEqual({ [urn]: { badge: "B1", desk: { floor: 3 } } });

    const body = {
      Operations: [
        { op: "replace", path: `${urn.toUpperCase()}:desk.open`, value: "True" },
        { op: "add", path: `${urn}:tags`, value: ["x"] },
      ],
    };
    const patched = applyUserPatch(user, body, User).user;
    expect(patched.attributes[urn]).toEqual({ badge: "B1", desk: { floor: 3, open: true }, tags: ["x"] });

    const meta = {
      id: "1",
      created: new Date(0),
      lastModified: new Date(0),
      version: 1,
      location: "https://g/Users/1",
    };
    expect(toUserResource(patched, meta)["schemas"]).toEqual([userUrn, urn]);
    const cleared = applyUserPatch(patched, { Operations: [{ op: "remove", path: urn }] }, User).user;
    expect(toUserResource(cleared, meta)["schemas"]).toEqual([userUrn]);
  });

  it("is known to filters, projections and /Schemas", () => {
    const filter = parseFilter(`${urn.toLowerCase()}:BADGE eq "B1" and ${urn}:desk.floor gt 2`, "User", User);
    expect(parseFilter(formatFilter(filter), "User", User)).toEqual(filter);
    const shown = project(
      { id: "1", [urn]: { badge: "B1", tags: ["x"] } },
      parseProjection({ attributes: `${urn}:badge` }, "User", User),
    );
    expect(shown).toEqual({ id: "1", [urn]: { badge: "B1" } });
    expect(schemas("https://g", [User, Group]).map((schema) => schema["id"])).toContain(urn);
  });

  it("refuses values of another type, and knows nothing of it elsewhere", () => {
    expect(refusalOf(() => parseUser({ userName: "a", [urn]: { desk: { floor: "three" } } }, User)).scimType).toBe(
      "invalidValue",
    );
    expect(parseUser({ userName: "a", [urn]: { badge: "B1" } }).user.attributes).toEqual({});
  });

  it("may be immutable: given once, then neither changed nor removed, and kept by a PUT that leaves it out", () => {
    const fixed = parseExtensionDefinition({
      resourceType: "User",
      id: urn,
      attributes: [{ name: "badge", mutability: "immutable" }, { name: "room" }],
    });
    const schema = directorySchemas([fixed]).User;
    const none = parseUser({ userName: "a" }, schema).user;
    const patch = (user: typeof none, op: object) => applyUserPatch(user, { Operations: [op] }, schema).user;
    const given = patch(none, { op: "add", path: `${urn}:badge`, value: "B1" });

    expect(given.attributes).toEqual({ [urn]: { badge: "B1" } });
    expect(patch(given, { op: "replace", path: `${urn}:badge`, value: "B1" })).toEqual(given);
    for (const op of [
      { op: "replace", path: `${urn}:badge`, value: "B2" },
      { op: "remove", path: `${urn}:badge` },
      { op: "remove", path: urn },
    ])
      expect(refusalOf(() => patch(given, op))).toMatchObject({ status: 400, scimType: "mutability" });
    expect(carryImmutable(given.attributes, { [urn]: { room: "7" } }, schema)).toEqual({
      [urn]: { badge: "B1", room: "7" },
    });
    expect(refusalOf(() => carryImmutable(given.attributes, { [urn]: { badge: "B2" } }, schema)).scimType).toBe(
      "mutability",
    );
  });

  it("is stored in the form in which it is read again", () => {
    expect(parseExtensionDefinition(JSON.parse(JSON.stringify(acme)))).toEqual(acme);
  });
});

describe("parseExtensionDefinition", () => {
  const good = { resourceType: "User", id: urn, name: "Acme", attributes: [{ name: "badge" }] };

  it.each<[string, unknown]>([
    ["no object", "x"],
    ["another resource type", { ...good, resourceType: "Device" }],
    ["a plain name for a URI", { ...good, id: "acme" }],
    ["an http URI", { ...good, id: "http://acme.example/x" }],
    ["a URI with a blank", { ...good, id: `${urn} x` }],
    ["a very long URI", { ...good, id: `urn:example:${"x".repeat(300)}` }],
    ["no attributes", { ...good, attributes: [] }],
    ["too many attributes", { ...good, attributes: Array.from({ length: 101 }, (_, at) => ({ name: `a${at}` })) }],
    ["V40: a name that every object has", { ...good, attributes: [{ name: "constructor" }] }],
    ["V40: __proto__", { ...good, attributes: [{ name: "__proto__" }] }],
    ["one name twice", { ...good, attributes: [{ name: "a" }, { name: "A" }] }],
    ["an unknown type", { ...good, attributes: [{ name: "a", type: "xml" }] }],
    ["a required attribute", { ...good, attributes: [{ name: "a", required: true }] }],
    [
      "an immutable part",
      {
        ...good,
        attributes: [{ name: "a", type: "complex", subAttributes: [{ name: "b", mutability: "immutable" }] }],
      },
    ],
    ["a complex one without parts", { ...good, attributes: [{ name: "a", type: "complex" }] }],
    [
      "a complex part",
      { ...good, attributes: [{ name: "a", type: "complex", subAttributes: [{ name: "b", type: "complex" }] }] },
    ],
  ])("refuses %s as 400 invalidValue", (_name, input) => {
    expect(refusalOf(() => parseExtensionDefinition(input))).toMatchObject({ status: 400, scimType: "invalidValue" });
  });

  it("throws nothing but its own error, whatever comes", () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(() => parseExtensionDefinition(input)).toThrow(ScimError);
      }),
    );
  });

  it("two extensions cannot share a URI, nor take one of the standard", () => {
    expect(refusalOf(() => directorySchemas([acme, acme])).scimType).toBe("invalidValue");
    const taken = { ...acme, definition: { ...acme.definition, id: enterpriseUserUrn.toUpperCase() } };
    expect(refusalOf(() => directorySchemas([taken])).scimType).toBe("invalidValue");
  });
});
