import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

const SET_END: NamedStatement<object> = {
  name: "set-certificate-end",
  text: "update lanes set certificate_ends_at = $3 where tenant_id = $1 and connection_id = $2",
};

/** Keeps when the first of a connection's certificates ends; null where it has none. */
export async function setCertificateEnd(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  endsAt: Date | null,
): Promise<void> {
  await tx.named(SET_END, [tenantId, connectionId, endsAt]);
}

export type CertificateEnd = {
  tenantId: TenantId;
  connectionId: string;
  endsAt: Date;
  /** By the database's clock; below 0 once it has ended. */
  daysLeft: number;
};

const NEAR_END: NamedStatement<CertificateEnd> = {
  name: "certificates-near-end",
  text: `
select tenant_id as "tenantId", connection_id as "connectionId", certificate_ends_at as "endsAt",
  (extract(epoch from certificate_ends_at - now()) / 86400)::float8 as "daysLeft"
from lanes where certificate_ends_at <= now() + interval '30 days' and connection_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
order by connection_id limit $2`,
};

/** Before a tenant is known, ids and times only: the connections with a certificate that ends within 30 days, or has ended. By pages. */
export async function pageCertificatesNearEnd(
  db: Database,
  page: { after: string | undefined; limit: number },
): Promise<CertificateEnd[]> {
  return await inSystem(db, (tx) => tx.last.named(NEAR_END, [page.after ?? null, page.limit]));
}
