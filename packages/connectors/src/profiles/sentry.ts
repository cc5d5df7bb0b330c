import { bearer, defineProfile } from "./define-profile.ts";

export const sentry = defineProfile({
  key: "sentry",
  title: "Sentry",
  baseUrl: { preset: "https://sentry.io/api/0/organizations/{org}/scim/v2", help: "The organization's short name." },
  signIn: [bearer("The SCIM token of the organization.")],
  users: {
    updateBy: ["put"],
    activeApart: true,
    changeable: { kind: "only", attributes: ["roles"] },
    lookups: { userName: "userName" },
    deactivate: {
      effect: "removed",
      meaning: "The member is deleted for good; somebody who comes back is invited anew.",
    },
    delete: { effect: "removed", recreate: true, meaning: "The member is deleted for good." },
  },
  groups: { updateBy: ["patch"], memberChunk: 100, memberLimit: 100, lookups: { displayName: "displayName" } },
  notes: [
    "PATCH of a user takes active false and nothing else; PUT changes the role and nothing else.",
    "More than 100 operations in a PATCH are refused, and each member that goes is one.",
    "Groups are teams: a name becomes a slug, and members are given after the create.",
  ],
});
