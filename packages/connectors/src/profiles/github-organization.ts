import { bearer, defineProfile, noGroups } from "./define-profile.ts";

export const githubOrganization = defineProfile({
  key: "github-organization",
  title: "GitHub organization",
  baseUrl: { preset: "https://api.github.com/scim/v2/organizations/{org}", help: "The organization's short name." },
  signIn: [bearer("A token of an owner of the organization.")],
  users: {
    takes: ["name", "emails"],
    lookups: { externalId: "external_id", userName: "userName", email: "emails" },
    deactivate: { effect: "removed", meaning: "The member and their identity are removed from the organization." },
    delete: { effect: "removed", recreate: true, meaning: "The member is removed from the organization." },
  },
  groups: noGroups,
  notes: ["Its filters say external_id and emails.", "It takes userName, name, emails, externalId and active only."],
});
