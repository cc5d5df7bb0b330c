import { type CertificateEnd, type Database, insertNotice, inTenant, pageCertificatesNearEnd } from "@muster/store";

/** An end is told this many days ahead, once each. */
const NOTICE_DAYS = [1, 7, 30] as const;
const PAGE = 500;

/** Kinds of the notices about certificates; a new certificate takes them back. */
export const CERTIFICATE_NOTICES = [
  ...NOTICE_DAYS.map((days) => `connection.certificate.${days}`),
  "connection.certificate.ended",
];

/** Tells administrators which connections have a certificate or a CA that ends soon, or has ended: one row in `notices` each. */
export async function noteCertificateEnds(deps: { db: Database }, signal?: AbortSignal): Promise<void> {
  for (let after: string | undefined; ; ) {
    const found = await pageCertificatesNearEnd(deps.db, { after, limit: PAGE });
    for (const end of found) {
      if (signal?.aborted === true) return;
      await inTenant(deps.db, end.tenantId, (tx) =>
        insertNotice(tx, end.tenantId, { ...noticeOf(end), subject: end.connectionId }),
      );
    }
    after = found.at(-1)?.connectionId;
    if (found.length < PAGE) return;
  }
}

function noticeOf({ connectionId, endsAt, daysLeft }: CertificateEnd): { kind: string; message: string } {
  const what = `The certificate, or the CA, of connection ${connectionId}`;
  const fix = "give the connection a new one with its target";
  if (daysLeft <= 0)
    return { kind: "connection.certificate.ended", message: `${what} ended at ${endsAt.toISOString()}: ${fix}` };
  const days = NOTICE_DAYS.find((most) => daysLeft <= most) ?? 30;
  const within = days === 1 ? "a day" : `${days} days`;
  return {
    kind: `connection.certificate.${days}`,
    message: `${what} ends at ${endsAt.toISOString()}, within ${within}: ${fix} before then`,
  };
}
