/** How an app is not like others, from its own documentation: on purpose not read from its profile. */
export type Quirks = {
  userPatch: "any" | "active only" | "inactive only" | "none";
  userPut: "whole" | "partial" | "roles only" | "none";
  userPatchAnswer: 200 | 204;
  /** Attributes of which a change is refused. */
  fixed: readonly string[];
  /** Attributes that it knows; null for all. Anything else is refused. */
  knows: readonly string[] | null;
  /** The most values of a list. */
  mostValues: number;
  refusedInUserName: RegExp | null;
  needsEmail: boolean;
  deactivated: "stays" | "goes";
  deleted: "goes" | "stays inactive" | "refused";
  /** Shows a new account as inactive, though it is not. */
  showsPending: boolean;
  userFilters: readonly string[];
  groups: "made" | "given" | "none";
  groupFilters: readonly string[];
  groupRename: boolean;
  /** The most membership changes in a request, and how more are refused. */
  mostMembers: number;
  tooMany: 400 | 413;
  mostOperations: number;
  showsMembers: boolean;
  memberValue: "list" | "object";
  /** A filter in the path, or a list of values; the other is refused. */
  memberRemoval: "filter" | "list";
  /** Takes a new name by PUT, and leaves the members as they are. */
  groupPut: boolean;
  paging: "index" | "cursor" | "none";
  mostPerPage: number;
  ids: "plain" | "odd" | "numbers" | "externalId";
  /** Spells externalId as external_id in groups. */
  externalIdOfGroups: "externalId" | "external_id";
  signIn: "authorization" | "x-api-key";
};

const LAWFUL: Quirks = {
  userPatch: "any",
  userPut: "whole",
  userPatchAnswer: 200,
  fixed: [],
  knows: null,
  mostValues: Number.POSITIVE_INFINITY,
  refusedInUserName: null,
  needsEmail: false,
  deactivated: "stays",
  deleted: "goes",
  showsPending: false,
  userFilters: ["externalId", "userName", "emails.value"],
  groups: "made",
  groupFilters: ["externalId", "displayName"],
  groupRename: true,
  mostMembers: Number.POSITIVE_INFINITY,
  tooMany: 400,
  mostOperations: Number.POSITIVE_INFINITY,
  showsMembers: true,
  memberValue: "list",
  memberRemoval: "filter",
  groupPut: false,
  paging: "index",
  mostPerPage: 100,
  ids: "plain",
  externalIdOfGroups: "externalId",
  signIn: "authorization",
};

const CORE = ["schemas", "externalId", "userName", "active"];
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** By the key of the profile that is held to them. */
export const quirksOf: Readonly<Record<string, Quirks>> = {
  generic: LAWFUL,
  "1password": { ...LAWFUL, fixed: ["emails"] },
  atlassian: { ...LAWFUL, userFilters: ["userName", "externalId"], groupRename: false },
  "aws-iam-identity-center": {
    ...LAWFUL,
    userPut: "none",
    knows: [...CORE, "name", "displayName", "title", "emails", "phoneNumbers", "addresses", ENTERPRISE],
    mostValues: 1,
    mostMembers: 100,
    showsMembers: false,
    paging: "cursor",
  },
  canva: { ...LAWFUL, userPut: "none", deleted: "refused" },
  databricks: LAWFUL,
  "django-scim2": {
    ...LAWFUL,
    userPatch: "active only",
    knows: [...CORE, "name", "emails"],
    mostValues: 1,
    userFilters: ["userName"],
    groupFilters: [],
    groupRename: false,
    memberRemoval: "list",
    groupPut: true,
    ids: "numbers",
  },
  figma: {
    ...LAWFUL,
    userPut: "none",
    userFilters: ["userName", "externalId"],
    externalIdOfGroups: "external_id",
    mostPerPage: 200,
  },
  "github-emu": { ...LAWFUL, userFilters: ["userName", "externalId", "id", "displayName"] },
  "github-organization": {
    ...LAWFUL,
    knows: [...CORE, "name", "emails"],
    deactivated: "goes",
    userFilters: ["id", "userName", "emails", "external_id"],
    groups: "none",
  },
  gitlab: {
    ...LAWFUL,
    userPut: "none",
    userPatchAnswer: 204,
    fixed: ["userName", "name", "displayName", "emails"],
    deactivated: "goes",
    userFilters: ["id"],
    groups: "none",
    ids: "externalId",
  },
  "google-cloud-identity": { ...LAWFUL, userPut: "none", paging: "none" },
  "hcp-terraform": { ...LAWFUL, userFilters: ["userName", "externalId"], mostPerPage: 200 },
  jfrog: { ...LAWFUL, fixed: ["userName"], groupRename: false, groupFilters: ["displayName"] },
  jumpcloud: {
    ...LAWFUL,
    knows: [
      ...CORE,
      "name",
      "emails",
      "displayName",
      "title",
      "locale",
      "userType",
      "costCenter",
      "organization",
      ENTERPRISE,
    ],
    refusedInUserName: /[^A-Za-z0-9._-]/,
    needsEmail: true,
    showsPending: true,
    userFilters: ["userName"],
    groups: "none",
    signIn: "x-api-key",
  },
  // Smaller than the real 8,000, so that the size that the app takes has to be found out.
  miro: { ...LAWFUL, groups: "given", mostMembers: 30, tooMany: 413 },
  notion: { ...LAWFUL, deactivated: "goes", userFilters: ["userName", "emails.value"], groupFilters: ["displayName"] },
  posthog: { ...LAWFUL, deactivated: "goes", paging: "none" },
  salesforce: {
    ...LAWFUL,
    userPut: "none",
    deleted: "stays inactive",
    memberValue: "object",
    mostPerPage: 200,
  },
  sentry: {
    ...LAWFUL,
    userPatch: "inactive only",
    userPut: "roles only",
    userPatchAnswer: 204,
    deactivated: "goes",
    userFilters: ["userName"],
    groupFilters: ["displayName"],
    mostOperations: 100,
    ids: "numbers",
  },
  slack: {
    ...LAWFUL,
    refusedInUserName: /@/,
    needsEmail: true,
    deleted: "stays inactive",
    userFilters: ["userName"],
  },
  snowflake: { ...LAWFUL, userPut: "none", mostValues: 1, groupFilters: ["displayName"] },
  workos: { ...LAWFUL, needsEmail: true },
  zoom: {
    ...LAWFUL,
    userPatch: "active only",
    userPut: "partial",
    userFilters: ["userName", "externalId"],
    ids: "odd",
  },
  zscaler: LAWFUL,
};
