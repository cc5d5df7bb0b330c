import { connectorKinds, profileOf, type TargetProfile } from "@muster/connectors";
import { describe, expect, it } from "vitest";
import { listConnectors } from "./list-connectors.ts";
import { profileColumns, refuseImpossible, requireApp } from "./profile-settings.ts";

const profiles = connectorKinds.flatMap((kind) => kind.profiles);
const scim = { kind: "scim", targetOptions: null };
const beginWith = (profile: TargetProfile) => ({
  ...profileColumns(profile),
  groupsMode: "none" as const,
  onLeave: "deactivate" as const,
});
const begin = (key: string) => beginWith(profileOf(key));

describe("the settings of a profile", () => {
  it.each(profiles)("$key: a connection begins with settings that its app can fulfil", (profile) => {
    const groupsMode = profile.groups.push ? "assigned" : "none";

    refuseImpossible(profile, { ...beginWith(profile), groupsMode });

    expect(listConnectors().profiles.map(({ key }) => key)).toContain(profile.key);
  });

  it.each([
    ["jumpcloud", { groupsMode: "assigned" }, "settings.groups.mode: JumpCloud takes no groups"],
    [
      "google-cloud-identity",
      { updateMethod: "put" },
      "settings.updateMethod: Google Cloud Identity does not take PUT",
    ],
    ["canva", { onLeave: "delete" }, "settings.onLeave: Canva has no DELETE"],
    ["gitlab", { adoptionMatch: ["email"] }, "settings.adoption.match: GitLab.com group cannot be searched by email"],
    ["atlassian", { groupsMode: "assigned", renameGroups: true }, "settings.groups.rename: Atlassian cannot rename"],
    [
      "aws-iam-identity-center",
      { groupsMode: "chosen", memberChunk: 101 },
      "settings.groups.memberChunk: AWS IAM Identity Center takes at most 100 members",
    ],
  ] as const)("SB12: %s refuses %j and says why", (key, change, reason) => {
    expect(() => refuseImpossible(profileOf(key), { ...begin(key), ...change } as never)).toThrow(reason);
  });

  it("refuses a profile that does not exist and names those that do", () => {
    expect(() => requireApp({ ...scim, profile: "jumpcluod" })).toThrow(
      expect.objectContaining({
        kind: "invalid",
        message: expect.stringMatching(/no "jumpcluod" of SCIM 2.0; known are generic, .*jumpcloud/),
      }),
    );
    expect(requireApp({ ...scim, profile: null }).key).toBe("generic");
  });
});
