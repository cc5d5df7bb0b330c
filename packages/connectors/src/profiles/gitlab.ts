import { bearer, defineProfile, noGroups } from "./define-profile.ts";

export const gitlab = defineProfile({
  key: "gitlab",
  title: "GitLab.com group",
  baseUrl: { preset: "https://gitlab.com/api/scim/v2/groups/{path}", help: "The path of the top-level group." },
  signIn: [bearer("The SCIM token of the group.")],
  users: {
    updateBy: ["patch"],
    changeable: { kind: "only", attributes: ["externalId"] },
    lookups: { externalId: "id" },
    deactivate: { effect: "removed", meaning: "The identity and the membership are removed." },
    delete: { effect: "removed", recreate: true, meaning: "The identity is removed." },
  },
  groups: noGroups,
  notes: [
    "A user's id is the externalId that it was given, and a filter may ask for the id only.",
    "Only externalId and active can be changed, by PATCH, which answers without a body.",
    "GitLab.com takes no groups; a self-managed instance has them behind a flag and works on them later.",
  ],
});
