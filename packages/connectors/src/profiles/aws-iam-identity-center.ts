import { bearer, defineProfile } from "./define-profile.ts";

export const awsIamIdentityCenter = defineProfile({
  key: "aws-iam-identity-center",
  title: "AWS IAM Identity Center",
  baseUrl: { preset: "", help: "The SCIM endpoint that the automatic provisioning page shows." },
  signIn: [bearer("The access token that the automatic provisioning page shows once.")],
  users: {
    updateBy: ["patch"],
    takes: [
      "name",
      "displayName",
      "nickName",
      "profileUrl",
      "title",
      "userType",
      "preferredLanguage",
      "locale",
      "timezone",
      "emails",
      "phoneNumbers",
      "addresses",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ],
    valuesEach: 1,
  },
  groups: { updateBy: ["patch"], memberChunk: 100, memberLimit: 100, showsMembers: false },
  paging: { style: "cursor", pageSize: 100 },
  notes: [
    "One e-mail address, one phone number and one address; other multi-valued attributes, roles among them, are left out.",
    "At most 100 members in a request; all members can be neither replaced nor removed at once.",
    "Reading a group gives no members, so what is missing there says nothing.",
  ],
});
