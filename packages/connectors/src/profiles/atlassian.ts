import { bearer, defineProfile } from "./define-profile.ts";

export const atlassian = defineProfile({
  key: "atlassian",
  title: "Atlassian",
  baseUrl: { preset: "https://api.atlassian.com/scim/directory/{directoryId}", help: "The id of the SCIM directory." },
  signIn: [bearer("The API key of the SCIM directory.")],
  users: {
    lookups: { externalId: "externalId", userName: "userName" },
    delete: {
      effect: "removed",
      recreate: true,
      meaning: "The SCIM record is removed and a managed account is deactivated; only a new create brings it back.",
    },
  },
  groups: { rename: false },
  notes: ["A group cannot be renamed: a new one is made, the members move, and the old one is deleted."],
});
