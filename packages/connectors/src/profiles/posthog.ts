import { bearer, defineProfile } from "./define-profile.ts";

export const posthog = defineProfile({
  key: "posthog",
  title: "PostHog",
  baseUrl: { preset: "", help: "Each verified domain has an address of its own." },
  signIn: [bearer("The SCIM token of the verified domain.")],
  users: {
    deactivate: { effect: "removed", meaning: "The membership ends." },
    delete: { effect: "removed", recreate: true, meaning: "The membership ends." },
  },
  paging: { style: "none" },
  notes: [
    "A create of somebody whom it has already adopts that user without a 409.",
    "Groups are roles, made or found by name, with case.",
    "It does not page: everybody comes at once. A filter that it cannot read finds nobody.",
  ],
});
