import { bearer, defineProfile } from "./define-profile.ts";

export const notion = defineProfile({
  key: "notion",
  title: "Notion",
  signIn: [bearer("A token of a workspace owner: it is revoked when the owner leaves.")],
  users: {
    lookups: { userName: "userName", email: "emails.value" },
    deactivate: { effect: "removed", meaning: "The person is removed from the workspace." },
  },
  groups: { lookups: { displayName: "displayName" } },
  notes: ["Name and e-mail address only change where the domain is verified.", "Guests cannot be managed."],
});
