import { checkPayload } from "@muster/mapping";
import { type Attributes, userUrn } from "@muster/scim";
import { describe, expect, it } from "vitest";
import { profileOf, scimProfiles } from "./profile-of.ts";

describe("target profiles", () => {
  it("X11: has every app that is known, each once, and the generic one for whatever else a connection says", () => {
    const keys = scimProfiles.map(({ key }) => key);

    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(["generic", ...keys.slice(1).toSorted()]);
    expect(keys).toHaveLength(25);
    expect(profileOf(null)).toBe(scimProfiles[0]);
    expect(profileOf("of an older version").key).toBe("generic");
    expect(profileOf("__proto__").key).toBe("generic");
  });

  it.each(scimProfiles)("$key: says nothing that contradicts itself", ({ users, groups, baseUrl, notes, key }) => {
    expect(Object.keys(users.lookups)).not.toEqual([]);
    expect(groups.memberChunk).toBeLessThanOrEqual(groups.memberLimit ?? Number.POSITIVE_INFINITY);
    expect(groups.push || !(groups.create || groups.rename || groups.delete)).toBe(true);
    // PATCH for active beside a PUT for the rest: else one method does both.
    expect(users.activeApart && users.updateBy[0] !== "put").toBe(false);
    expect(baseUrl.preset).toMatch(/^(?:https:\/\/\S+[^/ ]|https:\/\/\{account host\}\/scim\/v2)?$/);
    expect(notes.length > 0 || key === "generic").toBe(true);
  });
});

describe("X11: what was learned of an app", () => {
  it("goes over its profile, and leaves everything else as it is", () => {
    const learned = profileOf("slack", {
      users: {
        updateBy: ["put"],
        drops: ["title"],
        unchangeable: ["userName"],
        lookups: ["externalId"],
        delete: "impossible",
      },
      groups: { push: false, renameBy: "put" },
      paging: { style: "none" },
    });
    const slack = profileOf("slack");

    expect(learned.users).toEqual({
      ...slack.users,
      updateBy: ["put"],
      drops: ["title"],
      changeable: { kind: "allBut", attributes: ["userName"] },
      // A profile says how an attribute is searched for; what it does not know stays unknown.
      lookups: {},
      delete: {
        ...slack.users.delete,
        effect: "impossible",
        meaning: "This app deletes no account, as was found out.",
      },
    });
    expect(learned.groups).toEqual({
      ...slack.groups,
      push: false,
      create: false,
      rename: false,
      delete: false,
      renameBy: "put",
    });
    expect(learned.paging).toEqual({ ...slack.paging, style: "none" });
    expect(profileOf("slack", {})).toEqual(slack);
    expect(profileOf("slack", null)).toBe(slack);
  });
});

describe("JumpCloud as a target", () => {
  const jumpcloud = profileOf("jumpcloud");
  const person = (change: Attributes): Attributes => ({
    schemas: [userUrn],
    userName: "ada.lovelace",
    active: true,
    emails: [{ value: "ada@acme.example", primary: true }],
    ...change,
  });
  const wrong = (change: Attributes) => checkPayload(person(change), jumpcloud.payloadRules);

  it("SB1, SB2, SB12: is at a known address, takes its key in x-api-key or as bearer, and no groups", () => {
    expect(jumpcloud.baseUrl.preset).toBe("https://api.jumpcloud.com/scim/v2");
    expect(jumpcloud.signIn.map(({ scheme, header }) => [scheme, header])).toEqual([
      ["header", "x-api-key"],
      ["bearer", null],
    ]);
    expect(jumpcloud.groups.push).toBe(false);
  });

  it("SB3, SB4, SB5, SB6, SB9, SB11, SB13: tells whoever sets it up", () => {
    const told = jumpcloud.setup.map(({ text }) => text).join("\n");

    for (const said of [
      "Admin with Billing, Administrator or Manager",
      "API access must be enabled",
      "no expiry",
      "SCIM 2.0",
      "custom one",
      "not edit their profile",
      "no activation mail",
    ])
      expect(told).toContain(said);
  });

  it("SB16: refuses a user without userName", () => {
    expect(wrong({ userName: null })).toMatchObject([
      { target: "userName", message: expect.stringMatching(/is required/) },
    ]);
  });

  it.each(["a b", "ada!", "ad#a", "a/b", "a'b", "a\\b", "ada@acme.example"])(
    "SB17, SB19: refuses the userName %s and names the character",
    (userName) => {
      const [first, ...more] = wrong({ userName });

      expect(first?.message).toMatch(/has the character ".", which the app refuses.*before the at sign/);
      expect(more).toEqual([]);
    },
  );

  it.each(["userName", "name.givenName", "name.familyName"])(
    "SB18, SB20, SB21: takes 1,024 characters of %s, not 1,025",
    (place) => {
      const of = (length: number): Attributes => {
        const [name = "", part] = place.split(".");
        const value = "x".repeat(length);
        return { [name]: part === undefined ? value : { [part]: value } };
      };

      expect(wrong(of(1_024))).toEqual([]);
      expect(wrong(of(1_025))).toMatchObject([
        { target: place, message: expect.stringMatching(/has 1025 characters; the app takes 1024/) },
      ]);
    },
  );

  it("SB22: demands a primary e-mail address of at most 1,024 characters", () => {
    expect(jumpcloud.payloadRules).toContainEqual(
      expect.objectContaining({
        target: "emails[primary eq true].value",
        isRequired: true,
        type: "email",
        maxCharacters: 1_024,
      }),
    );
  });

  it("SB23, SB25, SB28-SB34: lets everything else that it documents pass, and takes nothing more (SB35)", () => {
    const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    const documented = {
      displayName: "Ada",
      title: "Analyst",
      locale: "London",
      userType: "staff",
      costCenter: "7",
      organization: "Acme",
      [enterprise]: { department: "D", costCenter: "7", organization: "Acme", employeeNumber: "42" },
    };

    expect(wrong(documented)).toEqual([]);
    expect(jumpcloud.users.takes).toEqual(expect.arrayContaining(Object.keys(documented)));
    expect(jumpcloud.users.takes).not.toContain("phoneNumbers");
  });
});
