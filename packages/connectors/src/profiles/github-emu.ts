import { bearer, defineProfile } from "./define-profile.ts";

export const githubEmu = defineProfile({
  key: "github-emu",
  title: "GitHub Enterprise Managed Users",
  baseUrl: { preset: "https://api.github.com/scim/v2/enterprises/{enterprise}", help: "The enterprise's short name." },
  signIn: [bearer("A classic personal access token with scim:enterprise.")],
  users: {
    lookups: { externalId: "externalId", userName: "userName" },
    deactivate: { effect: "inactive", meaning: "The user is suspended; login and e-mail address are obscured." },
    delete: { effect: "removed", recreate: false, meaning: "A hard deprovision, which cannot be undone." },
  },
  limits: { ratePerSecond: 1 },
  notes: [
    "At most 1,000 users an hour, and 1,000 new members of a group an hour; a rate is a whole number a second, so this is the lowest.",
    "Every request needs a User-Agent, which Muster sends.",
    "People are provisioned before groups, as Muster does always.",
    "PATCH paths with a filter were not taken for users: none are sent for them.",
  ],
});
