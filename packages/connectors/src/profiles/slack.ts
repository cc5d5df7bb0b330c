import { bearer, defineProfile, demand } from "./define-profile.ts";

export const slack = defineProfile({
  key: "slack",
  title: "Slack",
  signIn: [bearer("An OAuth token with the scope admin.")],
  users: {
    lookups: { userName: "userName" },
    delete: { effect: "inactive", recreate: null, meaning: "Slack only deactivates the account." },
  },
  limits: { ratePerSecond: 3 },
  payloadRules: [
    demand("userName", {
      isRequired: true,
      refusedCharacters: "@",
      fix: "map the part before the at sign: Slack rewrites a userName that is an e-mail address",
    }),
    demand("emails[primary eq true].value", { isRequired: true, type: "email", fix: "map a primary e-mail address" }),
  ],
  notes: [
    "Writes of users are limited to 180 a minute, and all SCIM apps of the Slack organisation share that.",
    "Deleting a group is final.",
    "It serves SCIM 1.1 beside 2.0: give the address of version 2.",
  ],
});
