import { bearer, defineProfile, demand, noGroups } from "./define-profile.ts";

/** JumpCloud documents this for each of its names. */
const LONGEST = 1_024;
/** What is left are letters, digits, dot, hyphen and underscore; the at sign is among them: no e-mail address is a username. */
const SPECIAL = " \t!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** JumpCloud as the app that people are pushed to (SB1 to SB35). */
export const jumpcloud = defineProfile({
  key: "jumpcloud",
  title: "JumpCloud",
  baseUrl: { preset: "https://api.jumpcloud.com/scim/v2", help: "The same for every JumpCloud organisation." },
  signIn: [
    { scheme: "header", header: "x-api-key", help: "The API key of a JumpCloud administrator." },
    bearer("The same API key, for where only a bearer token can be given."),
  ],
  users: {
    takes: [
      "name",
      "displayName",
      "emails",
      "password",
      "title",
      "locale",
      "userType",
      "costCenter",
      "organization",
      ENTERPRISE,
    ],
    lookups: { userName: "userName" },
    deactivate: { effect: "inactive", meaning: "The user is suspended." },
    pending: "Password pending until the user has set one: JumpCloud shows them as inactive until then",
  },
  groups: noGroups,
  payloadRules: [
    demand("userName", {
      isRequired: true,
      maxCharacters: LONGEST,
      refusedCharacters: SPECIAL,
      fix: "map userName without special characters; of an e-mail address take the part before the at sign",
      suggestion: 'user.userName.split("@")[0]',
    }),
    demand("name.givenName", { maxCharacters: LONGEST, fix: "map a shorter first name" }),
    demand("name.familyName", { maxCharacters: LONGEST, fix: "map a shorter last name" }),
    demand("emails[primary eq true].value", {
      isRequired: true,
      type: "email",
      maxCharacters: LONGEST,
      fix: "map a primary e-mail address",
    }),
    demand("displayName", {}),
    demand("active", { type: "boolean" }),
    demand("title", {}),
    demand("locale", {}),
    demand("userType", {}),
    demand("costCenter", {}),
    demand("organization", {}),
    demand(`${ENTERPRISE}:department`, {}),
    demand(`${ENTERPRISE}:costCenter`, {}),
    demand(`${ENTERPRISE}:organization`, {}),
    demand(`${ENTERPRISE}:employeeNumber`, {}),
  ],
  setup: [
    {
      title: "Choose whose key",
      text: "The API key belongs to an administrator with the role Admin with Billing, Administrator or Manager. Use an account of its own that stays, not a person's.",
    },
    { title: "Allow the key", text: "API access must be enabled for that administrator in JumpCloud's admin portal." },
    {
      title: "Replace it now and then",
      text: "The key has no expiry. Replace it every year: give the new one here, then revoke the old one.",
    },
    {
      title: "Choose SCIM 2.0",
      text: "Where the source asks for a version, choose SCIM 2.0. Where its gallery has no JumpCloud app, use a custom one and name it so that it is recognised.",
    },
    {
      title: "Make profiles read-only",
      text: "The source is the authority: mapped attributes are overwritten at every update, others never. Let users not edit their profile in JumpCloud's user portal.",
    },
    {
      title: "Tell new users",
      text: "JumpCloud sends no activation mail to users who are made this way. They are password pending until they get a password.",
    },
    {
      title: "Look at the result",
      text: "Saving says that it worked, or which field is wrong. Then list the accounts of the connection: new users are password pending.",
    },
  ],
  notes: [
    "Groups are not imported in real time by JumpCloud's SCIM server, so none are pushed: bind people to groups in JumpCloud.",
    "PATCH is what Microsoft Entra ID uses with it; PUT is documented and clears what is left out.",
    "An active account reads as inactive while its password is pending or expired: that is no difference.",
    "Attributes that it does not know are left out and named in the plan.",
  ],
});
