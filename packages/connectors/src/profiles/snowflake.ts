import { bearer, defineProfile } from "./define-profile.ts";

export const snowflake = defineProfile({
  key: "snowflake",
  title: "Snowflake",
  baseUrl: { preset: "https://{account host}/scim/v2", help: "The host of the Snowflake account." },
  signIn: [bearer("The access token of the SCIM integration.")],
  users: { updateBy: ["patch"], valuesEach: 1 },
  groups: { updateBy: ["patch"], lookups: { displayName: "displayName" } },
  notes: [
    "Groups are roles.",
    "Of a multi-valued attribute one value is sent: it keeps no more.",
    "Accounts without the change bundle 2026_03 answer an unfiltered list with one made-up user: a comparison with such an account stays incomplete or reports an account of nobody.",
  ],
});
