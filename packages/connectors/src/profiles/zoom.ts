import { bearer, defineProfile } from "./define-profile.ts";

export const zoom = defineProfile({
  key: "zoom",
  title: "Zoom",
  signIn: [bearer("An OAuth token with the scope scim2.")],
  users: {
    updateBy: ["put"],
    activeApart: true,
    lookups: { externalId: "externalId", userName: "userName" },
  },
  groups: { updateBy: ["patch"] },
  limits: { ratePerSecond: 1 },
  notes: [
    "PATCH of a user only activates and deactivates; PUT changes what it names and leaves the rest. Groups are changed by PATCH.",
    "Ids contain characters such as &, which Muster encodes.",
    "An older text allows one request a second for an account; there is no newer figure.",
  ],
});
