import { describe, expect, it } from "vitest";
import { refusalOf } from "./refusal.fixture.ts";
import { directorySchemas, parseExtensionDefinition } from "./schemas/extension.ts";
import { parseUser } from "./user.ts";

const urn = "urn:example:params:scim:schemas:extension:dates:2.0:User";
const { User } = directorySchemas([
  parseExtensionDefinition({ resourceType: "User", id: urn, attributes: [{ name: "start", type: "dateTime" }] }),
]);
const read = (start: string) => parseUser({ userName: "a", [urn]: { start } }, User).user.attributes;

describe("dateTime values (RFC 7643 section 2.3.5)", () => {
  it.each([
    "2030-01-31T12:00:00Z",
    "2028-02-29T00:00:00Z",
    "2030-01-31T12:00:00.123456789+14:00",
    "2030-01-31T12:00:00-13:59",
    "2030-01-31T12:00:00",
    "0001-01-01T00:00:00Z",
  ])("keeps %s letter for letter", (text) => {
    expect(read(text)).toEqual({ [urn]: { start: text } });
  });

  it.each([
    "2030-13-01T00:00:00Z",
    "2030-02-30T00:00:00Z",
    "2030-02-29T00:00:00Z",
    "2030-04-31T00:00:00Z",
    "2030-00-10T00:00:00Z",
    "2030-01-00T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2030-01-31T25:00:00Z",
    "2030-01-31T12:61:00Z",
    "2030-01-31T12:00:00+14:30",
    "2030-01-31T12:00:00+23:00",
    "2030-01-31T12:00:00.1234567890Z",
    "2030-01-31",
    "2030-01-31 12:00:00Z",
    "now",
  ])("refuses %s", (text) => {
    expect(refusalOf(() => read(text)).scimType).toBe("invalidValue");
  });
});
