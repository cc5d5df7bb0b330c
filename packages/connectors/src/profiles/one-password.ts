import { defineProfile } from "./define-profile.ts";

export const onePassword = defineProfile({
  key: "1password",
  title: "1Password",
  baseUrl: { preset: "", help: "The address of the hosted service or of the bridge." },
  users: {
    changeable: { kind: "allBut", attributes: ["emails"] },
    deactivate: { effect: "inactive", meaning: "The person is suspended." },
  },
  notes: [
    "The e-mail address cannot be changed from outside.",
    "Groups with recovery or management rights are not managed.",
    "The bridge waits five minutes before it confirms new users.",
  ],
});
