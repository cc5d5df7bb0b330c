import { defineProfile } from "./define-profile.ts";

export const salesforce = defineProfile({
  key: "salesforce",
  title: "Salesforce",
  baseUrl: { preset: "https://{instance}/services/scim/v2", help: "The host of the Salesforce instance." },
  users: {
    updateBy: ["patch"],
    delete: { effect: "inactive", recreate: null, meaning: "Salesforce never deletes a user, it deactivates." },
  },
  groups: { updateBy: ["patch"], memberValue: "object" },
  paging: { pageSize: 200 },
  notes: [
    "In a PATCH of a group the value is an object with members, also where the path says members.",
    "Entitlements are profiles and permission sets.",
    "Its configuration is at ServiceProviderConfigs; Muster does not need it.",
  ],
});
