import { defineProfile } from "./define-profile.ts";

export const hcpTerraform = defineProfile({
  key: "hcp-terraform",
  title: "HCP Terraform",
  baseUrl: { preset: "", help: "The SCIM address of the organization, which ends in /scim/v2." },
  users: { lookups: { externalId: "externalId", userName: "userName" } },
  paging: { pageSize: 200 },
  notes: ["A group's displayName is unique without regard to case."],
});
