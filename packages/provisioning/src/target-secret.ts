import { createPrivateKey, hash } from "node:crypto";
import { readSigningKey, type SignatureAuth, type TargetAuth, type TargetTls } from "@muster/connectors";
import { sameDigest } from "@muster/credentials";
import { Refusal, readCertificates } from "@muster/runtime";
import type { TlsFacts } from "@muster/store";

/** What a connection signs in with, as it is sealed. */
export type TargetSecret = { auth: TargetAuth; tls: TargetTls | null };

/** A sign-in as it is asked for: of a signature, how long the secret that it replaces goes on. */
export type GivenAuth =
  | Exclude<TargetAuth, SignatureAuth>
  | { scheme: "signature"; secret: string; overlapHours?: number };

const OVERLAP_HOURS = 24;

/** What signs from now on: beside a new secret, for some time, the one that it takes the place of, and one that is in force still. */
export function withFormer(auth: TargetAuth, given: GivenAuth, old: TargetAuth, nowMs: number): TargetAuth {
  if (auth.scheme !== "signature" || given.scheme !== "signature" || old.scheme !== "signature") return auth;
  if (sameDigest(hash("sha256", old.secret, "buffer"), hash("sha256", auth.secret, "buffer"))) return old;
  const hours = given.overlapHours ?? OVERLAP_HOURS;
  const until = new Date(nowMs + hours * 3_600_000).toISOString();
  return hours === 0 ? auth : { ...auth, former: { secret: old.secret, until } };
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * Checks what a connection is to sign in with before it is sealed, since nobody can look at it afterwards: keys that can sign,
 * certificates that fit their key. PEM whose line ends were lost on the way is mended. Refuses by the name of the field.
 */
export function checkTargetSecret(target: { baseUrl: string; auth: GivenAuth; tls?: TargetTls | undefined }): {
  secret: TargetSecret;
  facts: TlsFacts | null;
} {
  const tls = target.tls === undefined ? null : tidyTls(target.tls);
  if (tls !== null && !target.baseUrl.toLowerCase().startsWith("https:"))
    throw new Refusal("invalid", "target.tls: it needs a target.baseUrl with https");
  if (target.auth.scheme === "certificate" && tls?.certificate === undefined)
    throw new Refusal("invalid", "target.tls.certificate: signing in by certificate needs one, with its privateKey");
  return { secret: { auth: tidyAuth(target.auth), tls }, facts: tls === null ? null : factsOf(tls) };
}

function tidyAuth(auth: GivenAuth): TargetAuth {
  // How long the former secret goes on is not part of this one.
  if (auth.scheme === "signature") return { scheme: auth.scheme, secret: auth.secret };
  if (!("privateKey" in auth)) return auth;
  const privateKey = tidyPem(auth.privateKey);
  if (readSigningKey(privateKey) === null)
    throw new Refusal(
      "invalid",
      "target.auth.privateKey: it must be a private key in PEM, without a passphrase: RSA of 2048 bits and more, EC on P-256, P-384 or P-521, or Ed25519",
    );
  return { ...auth, privateKey };
}

function tidyTls({ ca, certificate, privateKey }: TargetTls): TargetTls {
  return {
    ...(ca === undefined ? {} : { ca: tidyPem(ca) }),
    ...(certificate === undefined ? {} : { certificate: tidyPem(certificate) }),
    ...(privateKey === undefined ? {} : { privateKey: tidyPem(privateKey) }),
  };
}

/** Form fields and environments take line ends away, or write them as two characters. */
function tidyPem(text: string): string {
  const blocks = [...text.replaceAll("\\n", "\n").matchAll(PEM_BLOCK)].map(([, label = "", body = ""]) => {
    const lines = body.replace(/\s/g, "").replace(/.{64}(?=.)/g, "$&\n");
    return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
  });
  return blocks.join("");
}

function factsOf({ ca, certificate, privateKey }: TargetTls): TlsFacts {
  return {
    ca: ca === undefined ? null : { expiresAt: firstEnd(certificatesOf("ca", ca)).toISOString() },
    certificate: certificate === undefined ? noKeyAlone(privateKey) : clientFacts(certificate, privateKey),
  };
}

function noKeyAlone(privateKey: string | undefined): null {
  if (privateKey !== undefined)
    throw new Refusal("invalid", "target.tls.privateKey: it comes with the certificate that it belongs to");
  return null;
}

function clientFacts(chain: string, privateKey: string | undefined): TlsFacts["certificate"] {
  const certificates = certificatesOf("certificate", chain);
  const [own] = certificates;
  if (own === undefined || privateKey === undefined || !isItsKey(own, privateKey))
    throw new Refusal(
      "invalid",
      "target.tls.privateKey: it must be the private key of the first certificate, in PEM, without a passphrase",
    );
  return {
    subject: own.subject?.replaceAll("\n", ", ") ?? "",
    fingerprint: own.fingerprint256,
    expiresAt: firstEnd(certificates).toISOString(),
  };
}

type Certificates = NonNullable<ReturnType<typeof readCertificates>>;

function certificatesOf(field: "ca" | "certificate", pem: string): Certificates {
  const found = readCertificates(pem);
  if (found === null) throw new Refusal("invalid", `target.tls.${field}: it must be one or more certificates in PEM`);
  const over = found.find((one) => one.validToDate.getTime() <= Date.now());
  if (over !== undefined)
    throw new Refusal("invalid", `target.tls.${field}: ${over.subject} ended at ${over.validToDate.toISOString()}`);
  return found;
}

function isItsKey(certificate: Certificates[number], privateKey: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function firstEnd(certificates: Certificates): Date {
  return new Date(Math.min(...certificates.map((one) => one.validToDate.getTime())));
}

/** When the first of a connection's certificates ends. */
export function certificateEnd(facts: TlsFacts | null): Date | null {
  const ends = [facts?.ca, facts?.certificate].flatMap((part) => (part ? [Date.parse(part.expiresAt)] : []));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}
