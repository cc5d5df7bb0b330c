import { enterpriseUserUrn } from "@muster/scim";
import { defineProfile } from "./define-profile.ts";
import { jumpcloud } from "./jumpcloud.ts";

/** Members are bound one by one, and share the time of one call. */
const MOST_MEMBERS = 20;

/** JumpCloud by its directory API, for what its SCIM server has not: groups, and who is suspended though a password is pending (SA27). */
export const jumpcloudDirectory = defineProfile({
  key: "jumpcloud-directory",
  title: "JumpCloud (directory API)",
  baseUrl: { preset: "https://console.jumpcloud.com/api", help: "The same for every JumpCloud organisation." },
  signIn: [{ scheme: "header", header: "x-api-key", help: "The API key of a JumpCloud administrator." }],
  users: {
    updateBy: ["put"],
    takes: [
      "name.givenName",
      "name.middleName",
      "name.familyName",
      "displayName",
      "emails.value",
      "emails.primary",
      "password",
      "title",
      "locale",
      "userType",
      "costCenter",
      "organization",
      `${enterpriseUserUrn}:costCenter`,
      `${enterpriseUserUrn}:organization`,
      `${enterpriseUserUrn}:department`,
      `${enterpriseUserUrn}:employeeNumber`,
    ],
    valuesEach: 1,
    keepsTypes: false,
    lookups: { userName: "username", email: "email" },
    tellsWaiting: true,
    deactivate: { effect: "inactive", meaning: "The user is suspended." },
    delete: { effect: "removed", recreate: true, meaning: "The user is deleted from JumpCloud, with every binding." },
  },
  groups: {
    memberChunk: MOST_MEMBERS,
    memberLimit: MOST_MEMBERS,
    renameBy: "put",
    lookups: { displayName: "name" },
  },
  probe: false,
  payloadRules: jumpcloud.payloadRules,
  setup: [
    ...jumpcloud.setup.slice(0, 3),
    {
      title: "Name the organisation",
      text: "A key of an administrator of several organisations needs the organisation's id, which is then sent as x-org-id. Leave it out otherwise.",
    },
    ...jumpcloud.setup.slice(4),
  ],
  notes: [
    "Offboarding suspends the user. A password that is pending or expired does not count: who is not suspended is active, and the account says what they wait for.",
    "A user has no place for Muster's id: it is kept in a custom attribute named externalId, beside those of others, and nobody is searched by it.",
    "A group has no place for it either: it is known by its name, and a group of that name is taken over.",
    "Members come and go one request each, so that a large group takes as many requests as people. Whoever is in already, or out already, is as asked.",
    "Members of a group whose membership JumpCloud computes cannot be set: do not push such groups.",
    "An attribute that a person no longer has is cleared with an empty text.",
    "Phone numbers, addresses, managers and who may log in to which device are left to JumpCloud's administrators.",
    "What is public says nothing of its limits of requests: a 429 lowers the rate.",
  ],
});
