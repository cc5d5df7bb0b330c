import type { Guide } from "./guide.ts";

export const onelogin: Guide = {
  provider: "onelogin",
  name: "OneLogin",
  summary: "SCIM Provisioner with SAML (SCIM v2)",
  travels: {
    changes: { when: "atOnce", says: "As they are made, or once somebody approved them there." },
    removals: { travel: "yes", says: "Made inactive or deleted, as it is set there." },
  },
  labels: { endpointUrl: "SCIM Base URL", bearerToken: "SCIM Bearer Token" },
  steps: [
    {
      title: "Add the application",
      text: [
        "In OneLogin's administration open **Applications**, **Add App**, and search for **SCIM Provisioner with SAML (SCIM v2 Core)**.",
        "Give it a name and **Save**.",
      ],
    },
    {
      title: "Connect it with these values",
      text: [
        "On the **Configuration** tab paste the two values, then choose **Enable** under **API Connection** and **Save**.",
      ],
      values: ["endpointUrl", "bearerToken"],
    },
    {
      title: "Switch provisioning on",
      text: [
        "On the **Provisioning** tab tick **Enable provisioning**.",
        "Choose for which actions an administrator must approve, and what becomes of people who leave: **Suspend** keeps their account, inactive.",
      ],
    },
    {
      title: "Send groups, too",
      text: [
        "On **Parameters** open **Groups** and tick **Include in User Provisioning**.",
        "On **Rules** add a rule that sets groups, for instance from OneLogin's roles.",
      ],
    },
    {
      title: "Say who is provisioned",
      text: [
        "On **Access** choose the roles whose people get the application. New ones appear under **Users** of the application as pending or provisioned.",
      ],
    },
  ],
  expect: [
    "With approval switched on nothing arrives until somebody approves it in OneLogin, under the application's users.",
  ],
};
