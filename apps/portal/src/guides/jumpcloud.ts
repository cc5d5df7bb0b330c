import type { Guide } from "./guide.ts";

export const jumpcloud: Guide = {
  provider: "jumpcloud",
  name: "JumpCloud",
  summary: "Export users to this app, with groups",
  travels: {
    changes: { when: "atOnce", says: "As they are made." },
    removals: {
      travel: "yes",
      says: "Made inactive when they lose the application, deleted when they are deleted there.",
    },
  },
  labels: { endpointUrl: "Base URL", bearerToken: "Token key" },
  steps: [
    {
      title: "Add a custom application",
      text: [
        "In the JumpCloud Admin Portal open **SSO Applications** and choose **Add New Application**.",
        "Search for a name that does not exist; JumpCloud then offers **Custom Application**. Select it and go on with **Next**.",
      ],
    },
    {
      title: "Choose to export users",
      text: [
        "Tick **Export users to this app (Identity Management)**, then **Next**.",
        "Give it a display name that your colleagues will recognise, and choose **Save Application**.",
      ],
    },
    {
      title: "Connect it with these values",
      text: [
        "Choose **Configure Application** and open **Identity Management**. Leave SCIM 2.0 selected.",
        "Paste the two values below. The test user's e-mail address must be one that nobody here has yet.",
      ],
      values: ["endpointUrl", "bearerToken"],
    },
    {
      title: "Switch groups on and activate",
      text: [
        "Choose **Test Connection**, switch **Enable management of User Groups** on, then **Activate** and **Save**.",
        "JumpCloud makes a test user and a test group, changes them and takes them away again. None of it stays here.",
      ],
    },
    {
      title: "Say who is exported",
      text: [
        "Open the application's **User Groups** tab, tick the groups and **Save**. The same can be done from a group, in its **Applications** tab.",
        "Without a group nobody is exported. Whoever joins such a group later follows by itself.",
      ],
    },
  ],
  expect: [
    "Groups without members are not sent: they appear with their first member.",
    "When a group is taken off the application its members are made inactive, unless another group still holds them. The group itself stays.",
    "A group here that has the same name is taken over by JumpCloud's.",
  ],
};
