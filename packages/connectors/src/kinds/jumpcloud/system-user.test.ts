import { type Attributes, enterpriseUserUrn, userUrn } from "@muster/scim";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jumpcloudDirectory } from "../../profiles/jumpcloud-directory.ts";
import { shapeUser } from "../../profiles/shape-user.ts";
import { changedFields, fromSystemUser, toFields, withOurId } from "./system-user.ts";

const text = fc.string({ minLength: 1, maxLength: 8 });
const user: fc.Arbitrary<Attributes> = fc
  .record(
    {
      userName: text,
      active: fc.boolean(),
      displayName: text,
      title: text,
      locale: text,
      userType: text,
      name: fc.record({ givenName: text, middleName: text, familyName: text }),
      emails: fc.tuple(fc.record({ value: text, primary: fc.constant(true) })),
      [enterpriseUserUrn]: fc.record({ department: text, employeeNumber: text }),
    },
    { requiredKeys: ["userName", "active"] },
  )
  .map((given) => structuredClone(given) as Attributes);

const stored = (given: Attributes) => ({ ...toFields(given), _id: "7" });

describe("SA27: a user as JumpCloud's system user", () => {
  it("SA27: what is sent and read again is what it was", () => {
    fc.assert(
      fc.property(user, (given) => {
        const { schemas: _schemas, id: _id, ...read } = fromSystemUser(stored(given))?.resource ?? {};
        expect(read).toEqual(given);
      }),
    );
  });

  it("SA27: a change has exactly what makes one of the other; what is no more is cleared", () => {
    fc.assert(
      fc.property(user, user, (from, to) => {
        const changed = changedFields(from, to);
        const { schemas: _schemas, id: _id, ...read } = fromSystemUser({ ...stored(from), ...changed })?.resource ?? {};
        expect(read).toEqual(to);
        expect(changedFields(to, to)).toEqual({});
      }),
    );
  });

  it("SB16, SB20-SB22, SB28-SB34: every attribute has the field that JumpCloud documents for it", () => {
    const given = {
      userName: "ada",
      name: { givenName: "Ada", familyName: "Lovelace" },
      displayName: "Ada L",
      emails: [{ value: "home@x.example" }, { value: "ada@x.example", primary: true }],
      title: "Analyst",
      locale: "London",
      userType: "staff",
      costCenter: "1",
      organization: "Engines",
      [enterpriseUserUrn]: { department: "Maths", employeeNumber: "42" },
    };

    expect(toFields(given)).toEqual({
      username: "ada",
      firstname: "Ada",
      lastname: "Lovelace",
      displayname: "Ada L",
      email: "ada@x.example",
      jobTitle: "Analyst",
      location: "London",
      employeeType: "staff",
      costCenter: "1",
      company: "Engines",
      department: "Maths",
      employeeIdentifier: "42",
    });
  });

  it("SB31, SB33: the cost centre and the company stand in both of their places when they are read", () => {
    const read = fromSystemUser({ _id: "7", username: "ada", costCenter: "1", company: "Engines" });

    expect(read?.resource).toMatchObject({
      schemas: [userUrn, enterpriseUserUrn],
      costCenter: "1",
      organization: "Engines",
      [enterpriseUserUrn]: { costCenter: "1", organization: "Engines" },
    });
  });

  it.each([
    [{ suspended: false, activated: true }, true, undefined],
    [{ suspended: false, activated: false }, true, expect.stringMatching(/^Password pending/)],
    [{ suspended: false, activated: false, state: "STAGED" }, true, expect.stringMatching(/^Staged/)],
    [{ suspended: false, password_expired: true }, true, undefined],
    [{ suspended: false, account_locked: true }, true, undefined],
    [{ suspended: true, activated: false }, false, undefined],
    [{ state: "SUSPENDED" }, false, undefined],
    [{}, null, undefined],
  ])("SB10, SB25: %j is active: %j", (state, active, waitsFor) => {
    const read = fromSystemUser({ _id: "7", username: "ada", ...state });

    expect([read?.active, read?.waitsFor]).toEqual([active, waitsFor]);
  });

  it("keeps the custom attributes of others, and one of ours", () => {
    const there = [
      { _id: "1", name: "badge", value: "9" },
      { _id: "2", name: "externalId", value: "old" },
    ];

    expect(withOurId(there, "new")).toEqual([
      { name: "badge", value: "9" },
      { name: "externalId", value: "new" },
    ]);
    expect(fromSystemUser({ _id: "7", username: "ada", attributes: there })?.externalId).toBe("old");
  });

  it.each([null, "ada", {}, { _id: "7" }, { username: "ada" }, { _id: 7, username: "ada" }, []])(
    "%j is no system user",
    (value) => {
      expect(fromSystemUser(value)).toBeNull();
    },
  );

  it("SB35: what has no field is left out and named, part by part", () => {
    const given = {
      userName: "ada",
      active: true,
      name: { formatted: "Ada Lovelace", givenName: "Ada" },
      nickName: "A",
      emails: [
        { value: "home@x.example", type: "home" },
        { value: "ada@x.example", type: "work", primary: true },
      ],
      [enterpriseUserUrn]: { division: "North" },
    };

    const { payload, leftOut } = shapeUser(given, jumpcloudDirectory.users);

    expect(payload).toEqual({
      userName: "ada",
      active: true,
      name: { givenName: "Ada" },
      emails: [{ value: "ada@x.example", primary: true }],
    });
    expect(leftOut).toEqual(["nickName", enterpriseUserUrn, "name.formatted"]);
  });
});
