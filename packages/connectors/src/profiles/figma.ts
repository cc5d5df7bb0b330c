import { bearer, defineProfile, demand } from "./define-profile.ts";

export const figma = defineProfile({
  key: "figma",
  title: "Figma",
  baseUrl: { preset: "https://www.figma.com/scim/v2/{tenant}", help: "The tenant's id." },
  signIn: [bearer("The SCIM token of the organization.")],
  users: {
    updateBy: ["patch"],
    lookups: { externalId: "externalId", userName: "userName" },
    deactivate: { effect: "inactive", meaning: "The user is deleted, and the SCIM record stays as inactive." },
  },
  paging: { pageSize: 200 },
  payloadRules: [
    demand("displayName", { maxCharacters: 100, fix: "map a shorter displayName" }),
    demand("externalId", { maxCharacters: 255, fix: "map a shorter externalId" }),
  ],
  notes: [
    "Seat types are roles of people.",
    "A changed userName changes the e-mail address.",
    "An account that SCIM did not make is not seen until a create binds it.",
    "Answers about groups say external_id, which Muster reads; a group's name has at most 255 characters.",
  ],
});
