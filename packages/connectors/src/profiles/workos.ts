import { bearer, defineProfile, demand } from "./define-profile.ts";

export const workos = defineProfile({
  key: "workos",
  title: "WorkOS Directory Sync",
  baseUrl: { preset: "", help: "Each directory has an address of its own." },
  signIn: [bearer("The directory's bearer token.")],
  limits: { bodyBytes: 2_000_000 },
  payloadRules: [
    demand("userName", { isRequired: true }),
    demand("emails[primary eq true].value", { isRequired: true, type: "email", fix: "map a primary e-mail address" }),
    demand("active", { type: "boolean" }),
  ],
  notes: [
    "userName, and the e-mail address of active users, are unique.",
    "Nobody is made inactive at once: Muster makes active accounts only.",
    "Members whom it does not know are dropped without a word.",
  ],
});
