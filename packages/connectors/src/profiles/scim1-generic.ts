import { defineProfile } from "./define-profile.ts";

/** An app of which nothing is known but that it speaks SCIM 1.1 (H8). */
export const scim1Generic = defineProfile({
  key: "scim1",
  title: "Any SCIM 1.1 app",
  notes: [
    "PATCH is optional in SCIM 1.1. Where ServiceProviderConfigs does not announce it, users and groups are sent as a whole by PUT.",
    "A PATCH merges what it sends, so that a list is cleared in the same request before it is set.",
    "An app that keeps no active makes nobody inactive: let leavers be deleted there (settings.onLeave).",
  ],
});
