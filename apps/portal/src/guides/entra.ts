import type { Guide } from "./guide.ts";

export const entra: Guide = {
  provider: "entra",
  name: "Microsoft Entra ID",
  summary: "Automatic provisioning of an enterprise application",
  travels: {
    changes: { when: "inRounds", says: "In rounds of about 40 minutes; one person at once by hand." },
    removals: { travel: "yes", says: "Made inactive, and deleted 30 days after they were deleted there." },
  },
  labels: { endpointUrl: "Tenant URL", bearerToken: "Secret token" },
  steps: [
    {
      title: "Make an enterprise application",
      text: [
        "In the Entra admin center open **Enterprise applications**, **New application**, **Create your own application**.",
        "Give it a name that your colleagues will recognise, choose **Integrate any other application you don't find in the gallery (Non-gallery)** and **Create**.",
        "If it is for provisioning alone, leave **Single sign-on** disabled.",
      ],
    },
    {
      title: "Connect it with these values",
      text: [
        "Open **Provisioning** and set **Provisioning Mode** to **Automatic**.",
        "Under **Admin Credentials** paste the two values, choose **Test Connection** and, when it says that the credentials are authorised, **Save**.",
      ],
      values: ["endpointUrl", "bearerToken"],
    },
    {
      title: "Look at the mappings",
      text: [
        "Under **Mappings** keep **Provision Users** on. Keep **Provision Groups** on where roles are to be mapped from groups.",
        "What your app does not need can be deleted from the list of attributes; nothing here depends on it.",
      ],
    },
    {
      title: "Say who is provisioned",
      text: [
        "Under **Users and groups** choose **Add user/group** and assign people and groups.",
        "Under **Provisioning**, **Settings**, the **Scope** is **Sync only assigned users and groups** unless everybody is meant.",
      ],
    },
    {
      title: "Start it",
      text: [
        "Set **Provisioning Status** to **On** and save.",
        "To see somebody arrive at once use **Provision on demand**.",
      ],
    },
  ],
  expect: [
    "Entra works in cycles of about 40 minutes: a change that is not here yet is not an error.",
    "People come without a password, and what is changed here is not written back to Entra.",
    "Members of nested groups are not sent by Entra; only those who are directly in an assigned group.",
  ],
};
