/** What somebody may do in a workspace, from everything to looking on. */
export type Role = "owner" | "admin" | "operator" | "auditor";

/** Whose doing a session or a link is: a key's, or that of whoever signed in at the identity provider. */
export type Holder = { apiKeyId: string } | { memberId: string };

/** Of a row that names exactly one of the two. */
export function holderOf(row: { api_key_id: string | null; member_id: string | null }): Holder {
  if (row.api_key_id !== null) return { apiKeyId: row.api_key_id };
  if (row.member_id !== null) return { memberId: row.member_id };
  throw new Error("A session or link without a holder cannot be kept");
}

/** The two columns that keep a holder. */
export function holderColumns(holder: Holder): [apiKeyId: string | null, memberId: string | null] {
  return "apiKeyId" in holder ? [holder.apiKeyId, null] : [null, holder.memberId];
}
