import type { MemberRole } from "@muster/contract";

/** What each role may, as people choose it; the most first. */
export const ROLES: Readonly<Record<MemberRole, { label: string; says: string }>> = {
  owner: { label: "Owner", says: "Everything, and decides who is a member." },
  admin: { label: "Admin", says: "Configures: tenants, directories, connections, roles, tokens and links." },
  operator: { label: "Operator", says: "Acts: retries, pauses, decides what is held, provisions; sees payloads." },
  auditor: { label: "Auditor", says: "Sees everything but secrets and payloads, and changes nothing." },
};
