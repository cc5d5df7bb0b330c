import { defineProfile } from "../../profiles/define-profile.ts";
import type { TargetProfile } from "../../profiles/target-profile.ts";

/** A receiver of signed requests: it is told, and cannot be asked. */
export const webhookProfile: TargetProfile = defineProfile({
  key: "webhook",
  title: "Signed webhook",
  baseUrl: { preset: "", help: "The address that takes every message as a POST." },
  signIn: [
    {
      scheme: "signature",
      header: "webhook-signature",
      help: "A secret that signs every message: whsec_ and 24 to 64 random bytes in base64.",
    },
  ],
  users: {
    reads: false,
    lists: false,
    repeatable: true,
    updateBy: ["put"],
    lookups: {},
    deactivate: {
      effect: "inactive",
      meaning: "The receiver is sent user.deactivated; what becomes of the account is its affair.",
    },
    delete: { effect: "removed", recreate: true, meaning: "The receiver is sent user.deleted." },
  },
  groups: { reads: false, showsMembers: false, updateBy: ["patch"], lookups: {} },
  paging: { style: "none" },
  probe: false,
  notes: [
    "It cannot be listed, searched or read back: nothing is compared, nobody's account is found there, and what it answers is believed.",
    "Whatever is uncertain is sent again, with the same webhook-id as long as nothing has changed, so that a receiver drops what it has had.",
  ],
});
