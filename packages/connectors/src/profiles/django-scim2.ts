import { defineProfile } from "./define-profile.ts";

export const djangoScim2 = defineProfile({
  key: "django-scim2",
  title: "Apps made with django-scim2",
  users: {
    updateBy: ["put"],
    takes: ["name", "emails"],
    valuesEach: 1,
    keepsTypes: false,
    lookups: { userName: "userName" },
  },
  groups: { updateBy: ["patch"], lookups: {}, memberRemoval: "list", renameBy: "put" },
  notes: [
    "PATCH of a user changes a few attributes and answers 501 for the others: users are changed by PUT.",
    "Users have a name and one address without a type; the display name follows from the name, and an address cannot be cleared.",
    "Two names that differ in capitals only are two users.",
    "A filter by externalId, or of groups, finds nothing, whatever there is.",
    "Members are taken out of a group by a list of values, and a group is renamed by PUT.",
  ],
});
