import type { IdentityProviderSettings } from "@muster/credentials";
import type { GatewaySettings, SettingsReader } from "@muster/runtime";

/** How people sign in at the identity provider of whoever runs this gateway. */
export type SignInSettings = IdentityProviderSettings & {
  /** What the button says. */
  name: string;
  /** Of e-mail addresses, in lower case; empty for any. */
  allowedDomains: readonly string[];
};

const OTHERS = [
  "MUSTER_OIDC_CLIENT_ID",
  "MUSTER_OIDC_CLIENT_SECRET",
  "MUSTER_OIDC_NAME",
  "MUSTER_OIDC_ALLOWED_DOMAINS",
] as const;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
/** Under these Entra ID lets anybody's tenant in, and none of them is the issuer of a token. */
const ANY_TENANT = /^https:\/\/login\.microsoftonline\.com\/(?:common|organizations|consumers)(?:\/|$)/;

/** Reads `MUSTER_OIDC_…`; undefined when none of them is set. */
export function readSignInSettings(
  reader: SettingsReader,
  { egressAllow }: Pick<GatewaySettings, "egressAllow">,
): SignInSettings | undefined {
  const issuer = reader.optionalUrl("MUSTER_OIDC_ISSUER", { protocols: ["https", "http"] });
  const clientId = reader.optionalString("MUSTER_OIDC_CLIENT_ID");
  const clientSecret = reader.optionalSecret("MUSTER_OIDC_CLIENT_SECRET");
  const clientAuth = reader.oneOf("MUSTER_OIDC_CLIENT_AUTH", ["basic", "post"] as const, { default: "basic" });
  const name = reader.optionalString("MUSTER_OIDC_NAME");
  const allowedDomains = reader
    .list("MUSTER_OIDC_ALLOWED_DOMAINS", { check: brokenDomain })
    .map((domain) => domain.toLowerCase());
  if (issuer === undefined) {
    const others = [clientId, clientSecret, name, allowedDomains[0]];
    for (const [index, other] of OTHERS.entries())
      if (others[index] !== undefined)
        reader.problem({
          name: other,
          is: "set",
          rule: "Nobody can sign in at an identity provider that is not named",
          fix: "Set MUSTER_OIDC_ISSUER as well, or unset this",
        });
    return undefined;
  }
  if (issuer.startsWith("http:") && egressAllow.length === 0)
    reader.problem({
      name: "MUSTER_OIDC_ISSUER",
      is: "plain http",
      rule: "Only what MUSTER_EGRESS_ALLOW lists may be spoken to without TLS",
      fix: "Set it to an https address, or list it there",
    });
  if (ANY_TENANT.test(issuer))
    reader.problem({
      name: "MUSTER_OIDC_ISSUER",
      is: "an address for every tenant of Entra ID",
      rule: "One issuer vouches for the people who come in",
      fix: "Set it to https://login.microsoftonline.com/<your tenant's id>/v2.0",
    });
  if (clientId === undefined)
    reader.problem({
      name: "MUSTER_OIDC_CLIENT_ID",
      is: "not set",
      rule: "The identity provider must know who asks",
      fix: "Register this gateway there as a web application, and set the client id that it gives",
    });
  return {
    issuer,
    clientId: clientId ?? "",
    clientSecret,
    clientAuth,
    name: name ?? hostOf(issuer),
    allowedDomains,
  };
}

const hostOf = (issuer: string): string => (URL.canParse(issuer) ? new URL(issuer).host : issuer);

function brokenDomain(entry: string): string | null {
  return DOMAIN.test(entry.toLowerCase()) ? null : "Each entry is a domain of e-mail addresses, such as example.com";
}
