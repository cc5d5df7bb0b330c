import { defineProfile } from "./define-profile.ts";

export const jfrog = defineProfile({
  key: "jfrog",
  title: "JFrog",
  users: { changeable: { kind: "allBut", attributes: ["userName"] } },
  groups: { rename: false, lookups: { displayName: "displayName" } },
  notes: [
    "A user cannot be renamed.",
    "A group is read by its name and cannot be renamed: a new one is made, the members move, and the old one is deleted.",
  ],
});
