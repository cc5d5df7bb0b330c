import { defineProfile } from "./define-profile.ts";

export const googleCloudIdentity = defineProfile({
  key: "google-cloud-identity",
  title: "Google Cloud Identity",
  baseUrl: { preset: "", help: "The address of the SCIM tenant." },
  users: { updateBy: ["patch"] },
  groups: { updateBy: ["patch"] },
  paging: { style: "none" },
  notes: [
    "It has no PUT and answers one with an HTML page and 404, which does not mean that somebody is gone.",
    "It has no paging, no sorting, no bulk and no ETag.",
  ],
});
