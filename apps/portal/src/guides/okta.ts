import type { Guide } from "./guide.ts";

export const okta: Guide = {
  provider: "okta",
  name: "Okta",
  summary: "SCIM provisioning of an app integration",
  travels: {
    changes: { when: "atOnce", says: "As they are made." },
    removals: { travel: "yes", says: "Made inactive; Okta never deletes anybody." },
  },
  labels: { endpointUrl: "SCIM connector base URL", bearerToken: "Authorization: Bearer" },
  steps: [
    {
      title: "Make an app integration",
      text: [
        "In the Okta Admin Console open **Applications**, then **Applications**, and choose **Create App Integration**.",
        "Choose **SWA - Secure Web Authentication** if it is for provisioning alone, or use the app that people sign in with already.",
      ],
    },
    {
      title: "Switch SCIM on",
      text: [
        "On the **General** tab edit **App Settings**, set **Provisioning** to **SCIM** and save. A **Provisioning** tab appears.",
      ],
    },
    {
      title: "Connect it with these values",
      text: [
        "On **Provisioning**, **Integration**, choose **Edit**. Paste the base URL, and write **userName** as the **Unique identifier field for users**.",
        "Tick **Push New Users**, **Push Profile Updates** and **Push Groups**. As **Authentication Mode** choose **HTTP Header** and paste the token.",
        "Choose **Test Connector Configuration**, then **Save**.",
      ],
      values: ["endpointUrl", "bearerToken"],
    },
    {
      title: "Allow it to write",
      text: [
        "Under **Provisioning**, **To App**, choose **Edit**, and enable **Create Users**, **Update User Attributes** and **Deactivate Users**.",
      ],
    },
    {
      title: "Say who is provisioned",
      text: [
        "On **Assignments** assign people or groups. Assigning a group brings its people, not the group.",
        "On **Push Groups** choose the groups that are to arrive as groups, so that roles can be mapped from them.",
      ],
    },
  ],
  expect: [
    "Okta never deletes a person: who is unassigned becomes inactive.",
    "Do not use the same group for assigning and for pushing: Okta itself advises against it, since memberships may then be missed.",
  ],
};
