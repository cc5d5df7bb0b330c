import { defineProfile } from "./define-profile.ts";

export const databricks = defineProfile({
  key: "databricks",
  title: "Databricks",
  baseUrl: { preset: "", help: "The SCIM address of the account, version 2.1." },
  notes: [
    "Members are always sent as a list of objects, which it insists on.",
    "A filter may have 200 parts; those of Muster have one.",
    "Reading a large group is slow, and some identity providers report that its groups do not change: look at the groups of the connection.",
  ],
});
