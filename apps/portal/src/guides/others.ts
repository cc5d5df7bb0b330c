import type { Guide, GuideStep } from "./guide.ts";

const valuesStep = (text: readonly string[]): GuideStep => ({
  title: "Connect it with these values",
  text,
  values: ["endpointUrl", "bearerToken"],
});

export const google: Guide = {
  provider: "google",
  name: "Google Workspace",
  summary: "Automatic user provisioning of a web app",
  travels: {
    changes: { when: "inRounds", says: "In rounds of a few hours." },
    removals: { travel: "yes", says: "Suspended or deleted, after the days that are set there." },
  },
  labels: { endpointUrl: "Endpoint URL", bearerToken: "Access token" },
  steps: [
    {
      title: "Open the application",
      text: [
        "In the Google Admin console open **Apps**, **Web and mobile apps**, and the application that your people sign in with.",
        "Google offers provisioning for applications of its catalogue, and how many depends on your edition.",
      ],
    },
    valuesStep([
      "Open **Automatic user provisioning**, choose **Configure auto-provisioning**, and paste the two values.",
    ]),
    {
      title: "Say who is provisioned",
      text: [
        "Choose the scope: the groups whose members are sent. Set after how many days somebody who left is suspended or deleted.",
        "Switch **Auto-provisioning** on.",
      ],
    },
  ],
  expect: ["Google sends people, not groups: give roles by a rule for everybody, or use a provider that sends groups."],
};

export const ping: Guide = {
  provider: "ping",
  name: "PingOne",
  summary: "Outbound provisioning with the SCIM connection",
  travels: {
    changes: { when: "atOnce", says: "As they are made." },
    removals: { travel: "yes", says: "Made inactive or deleted, as it is set there." },
  },
  labels: { endpointUrl: "SCIM BASE URL", bearerToken: "Oauth Access Token" },
  steps: [
    {
      title: "Add a connection",
      text: [
        "In PingOne open **Integrations**, **Provisioning**, and add a **New Connection** for an **Identity Store**. Choose **SCIM Outbound**.",
      ],
    },
    valuesStep([
      "Paste the URL, keep SCIM version 2.0, choose the authentication method **OAuth 2 Bearer Token** and paste the token.",
      "Choose **Test Connection**. Leave the filter for users at **userName Eq**.",
    ]),
    {
      title: "Choose what becomes of leavers",
      text: [
        "Under **Preferences** let removal **Disable** people. Switch **Group provisioning** on where roles are to be mapped from groups.",
      ],
    },
    {
      title: "Say who is provisioned",
      text: [
        "Add a **Rule** from PingOne to the connection, with a filter for the people, and switch both the connection and the rule on.",
      ],
    },
  ],
  expect: ["Ping cannot clear an attribute: what was emptied there stays here until it has another value."],
};

export const rippling: Guide = {
  provider: "rippling",
  name: "Rippling",
  summary: "SCIM of a custom app",
  travels: {
    changes: { when: "asSet", says: "As Rippling sends them; it promises no time." },
    removals: { travel: "asSet", says: "Made inactive or deleted, where deleting is switched on there." },
  },
  labels: { endpointUrl: "SCIM Base URL", bearerToken: "Bearer Token" },
  steps: [
    {
      title: "Make a custom app",
      text: ["In Rippling open **IT Management**, **Custom App**, and make an app with **SCIM** as a feature."],
    },
    valuesStep([
      "Under **SCIM** choose the authentication **Bearer Token** and paste the two values. Tick creating, updating and deactivating.",
    ]),
    {
      title: "Send groups, too",
      text: ["Switch creating, changing and deleting of groups on where roles are to be mapped from them."],
    },
    { title: "Say who is provisioned", text: ["Install the app and give it to people by its access rules."] },
  ],
  expect: ["A create that took long may be sent twice; the second is answered with the person who is there already."],
};

export const cyberark: Guide = {
  provider: "cyberark",
  name: "CyberArk Identity",
  summary: "SCIM provisioning of a web app",
  travels: {
    changes: { when: "atOnce", says: "As they are made, in live mode." },
    removals: { travel: "asSet", says: "Made inactive or deleted, unless it is set there that nobody is." },
  },
  labels: { endpointUrl: "SCIM Service URL", bearerToken: "Bearer Token" },
  steps: [
    {
      title: "Open the application",
      text: [
        "In the Identity Administration portal open **Apps & Widgets**, **Web Apps**, and the application that your people use, or add a SAML app.",
      ],
    },
    valuesStep([
      "Under **Provisioning** tick **Enable provisioning for this application**, and live mode.",
      "Paste the URL, choose the authorization type **Authorization Header** with **Bearer Token**, paste the token and choose **Verify**.",
    ]),
    {
      title: "Say who is provisioned",
      text: [
        "Map roles under **Role Mappings**, then start **Synchronizations** once by hand under **Settings**, **Users**, **Outbound Provisioning**.",
      ],
    },
  ],
  expect: [],
};

export const generic: Guide = {
  provider: "generic",
  name: "Any other (SCIM 2.0)",
  summary: "Whatever speaks SCIM 2.0 with a bearer token",
  travels: {
    changes: { when: "asSet", says: "As the provider sends them; here they count at once." },
    removals: { travel: "asSet", says: "As the provider sends it: active false, or a deletion." },
  },
  labels: { endpointUrl: "Endpoint URL", bearerToken: "Bearer token" },
  steps: [
    valuesStep([
      "Give your identity provider the two values. It may be called base URL or tenant URL there, and secret, API or access token.",
      "Choose SCIM 2.0, and sending the token as a header **Authorization: Bearer**. With or without a slash at the end is the same.",
    ]),
    {
      title: "Send people and groups",
      text: ["Let it create, update and deactivate people, and send groups, so that roles can be mapped from them."],
    },
  ],
  expect: ["The userName is what people are known by; it must be unique in this directory, whatever its case."],
};
