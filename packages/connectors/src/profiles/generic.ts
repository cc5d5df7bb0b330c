import type { TargetProfile } from "./target-profile.ts";

/** An app of which nothing is known but that it speaks SCIM 2.0: what every other profile says only where it differs. */
export const generic = {
  key: "generic",
  title: "Any SCIM 2.0 app",
  baseUrl: { preset: "", help: "The address below which the app has /Users." },
  signIn: [
    { scheme: "bearer", header: null, help: "A token, sent as Authorization: Bearer." },
    { scheme: "header", header: null, help: "A key in a header that the app names." },
    { scheme: "basic", header: null, help: "A user name and a password." },
  ],
  users: {
    updateBy: ["patch", "put"],
    activeApart: false,
    takes: null,
    changeable: { kind: "all" },
    valuesEach: null,
    keepsTypes: true,
    lookups: { externalId: "externalId", userName: "userName", email: "emails.value" },
    deactivate: { effect: "inactive", meaning: "The account stays and cannot be used." },
    delete: { effect: "removed", recreate: true, meaning: "The account is removed." },
    pending: null,
  },
  groups: {
    push: true,
    create: true,
    rename: true,
    delete: true,
    updateBy: ["patch", "put"],
    memberChunk: 100,
    memberLimit: null,
    showsMembers: true,
    memberValue: "list",
    memberRemoval: "filter",
    renameBy: "patch",
    lookups: { externalId: "externalId", displayName: "displayName" },
  },
  paging: { style: "index", pageSize: 100 },
  limits: { ratePerSecond: null, maxInFlight: 4, bodyBytes: null },
  payloadRules: [],
  setup: [],
  notes: [],
} as const satisfies TargetProfile;
