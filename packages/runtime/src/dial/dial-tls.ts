import { hash, X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

/** What a connection's TLS is made with beyond the usual; PEM. */
export type TlsMaterial = {
  /** Trusted besides the usual list, and only where this is given. */
  ca?: string | undefined;
  /** Shown to servers that ask for one, with the key that it belongs to. */
  certificate?: string | undefined;
  privateKey?: string | undefined;
};

/** TLS of one owner's; sockets are shared only between requests whose `id` is the same. */
export type DialTls = { readonly id: string; readonly material: TlsMaterial };

/** Names TLS material by its owner and its content, so that nobody's certificate is ever used for another, nor an old one for a new. */
export function createDialTls(owner: string, material: TlsMaterial): DialTls {
  const { ca = "", certificate = "", privateKey = "" } = material;
  return { id: `${owner} ${hash("sha256", JSON.stringify([ca, certificate, privateKey]))}`, material };
}

/** The context of all connections of a pool, made once: reading the usual list takes milliseconds. */
export function secureContextOf({ ca, certificate, privateKey }: TlsMaterial): SecureContext | undefined {
  if (ca === undefined && certificate === undefined) return undefined;
  return createSecureContext({
    minVersion: "TLSv1.2",
    ...(ca === undefined ? {} : { ca: [...getCACertificates("default"), ...splitPem(ca)] }),
    ...(certificate === undefined ? {} : { cert: certificate, key: privateKey }),
  });
}

/** The certificates of a PEM text, one text each. */
function splitPem(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Reads the certificates of a PEM text; null when there is none, or one that is broken. */
export function readCertificates(pem: string): X509Certificate[] | null {
  try {
    const found = splitPem(pem).map((text) => new X509Certificate(text));
    return found.length === 0 ? null : found;
  } catch {
    return null;
  }
}
