import { describe, expect, it } from "vitest";
import type { Guide } from "./guide.ts";
import { guideOf, guides } from "./guides.ts";
import { instructionsOf } from "./instructions.ts";

const wordsOf = (guide: Guide): string => guide.steps.map(({ title, text }) => [title, ...text].join(" ")).join("\n");
/** Where each of these stands in the steps of a guide, which must be in this order. */
const placesOf = (guide: Guide, words: readonly string[]): number[] => words.map((one) => wordsOf(guide).indexOf(one));

describe("A9: a guide", () => {
  it.each(guides.map((guide) => [guide.name, guide] as const))(
    "of %s asks for both values, once, where they are pasted",
    (_, { steps, labels }) => {
      const values = steps.flatMap((step) => step.values ?? []);

      expect([...values].sort()).toEqual(["bearerToken", "endpointUrl"]);
      expect(Object.values(labels).every((label) => label.length > 0)).toBe(true);
    },
  );

  it.each(guides.map((guide) => [guide.name, guide] as const))(
    "SD3: of %s goes as plain text to somebody who cannot come here, with the address and without a token",
    (_, guide) => {
      const text = instructionsOf(guide, "https://muster.example/scim/v2/42");

      expect(text).toContain(`${guide.labels.endpointUrl}: https://muster.example/scim/v2/42`);
      expect(text).toContain(`${guide.labels.bearerToken}: you are sent it by another way`);
      expect(text).not.toContain("**");
      for (const { title } of guide.steps) expect(text).toContain(title);
    },
  );

  it.each(guides.map((guide) => [guide.name, guide] as const))(
    "SA3: of %s says how soon a change arrives, and what becomes of who leaves",
    (_, { travels: { changes, removals } }) => {
      expect([changes.says, removals.says].every((words) => /^[A-Z].*\.$/.test(words))).toBe(true);
    },
  );

  it.each([
    [
      "SD4: adds a custom application, found by a name that does not exist",
      ["**SSO Applications**", "**Add New Application**", "a name that does not exist", "**Custom Application**"],
    ],
    [
      "SD5, SD6: exports users, names it and saves",
      ["**Export users to this app (Identity Management)**", "display name", "**Save Application**"],
    ],
    [
      "SD7: configures identity management with both values",
      ["**Configure Application**", "**Identity Management**", "Paste the two values"],
    ],
    [
      "SD10: switches groups on, activates and saves",
      ["**Enable management of User Groups**", "**Activate**", "**Save**"],
    ],
    [
      "SD12, SD13: binds groups from either side, and whoever joins follows",
      ["**User Groups**", "from a group", "follows by itself"],
    ],
  ])("of JumpCloud %s", (_, words) => {
    const places = placesOf(
      guideOf("jumpcloud"),
      words.filter((word) => word !== "**Save**"),
    );

    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    for (const word of words) expect(wordsOf(guideOf("jumpcloud"))).toContain(word);
  });

  it.each([
    [
      "SE1: makes an application of its own, with a name that is recognised",
      ["**Enterprise applications**", "**New application**", "recognise", "(Non-gallery)"],
    ],
    [
      "SE2, SE3: leaves single sign-on off and sets provisioning to automatic",
      ["**Single sign-on** disabled", "**Automatic**"],
    ],
    [
      "SE10, SE11: says who is in scope, and starts it",
      ["**Add user/group**", "**Scope**", "**Provisioning Status** to **On**"],
    ],
  ])("of Entra ID %s", (_, words) => {
    const places = placesOf(guideOf("entra"), words);

    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("SE12, SE13, SE14, SE15: of Entra ID says what is no error, and how somebody is seen at once", () => {
    const { expect: said } = guideOf("entra");

    expect(said.join(" ")).toMatch(/40 minutes.*not an error.*without a password.*not written back/);
    expect(wordsOf(guideOf("entra"))).toContain("**Provision on demand**");
  });

  it("SD17, SD18, SD19: of JumpCloud says what looks odd and is not", () => {
    expect(guideOf("jumpcloud").expect.join(" ")).toMatch(/without members.*taken off.*made inactive.*same name/);
  });
});
