import { defineProfile } from "./define-profile.ts";

export const canva = defineProfile({
  key: "canva",
  title: "Canva",
  users: {
    updateBy: ["patch"],
    delete: { effect: "impossible", recreate: null, meaning: "Canva has no DELETE: accounts are made inactive." },
  },
  groups: { updateBy: ["patch"] },
  notes: ["It has no DELETE; accounts are made inactive by PATCH."],
});
