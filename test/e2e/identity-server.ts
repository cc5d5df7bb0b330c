import { createSign } from "node:crypto";
import { Events, OAuth2Server } from "oauth2-mock-server";

/** What an ID token says; a member that is undefined is left out. */
export type Claims = Record<string, unknown>;
type Header = Record<string, unknown>;

/** The identity provider of an app owner's people. Whoever is sent to it is who `person` says, without a question. */
export type IdentityServer = {
  issuer: string;
  settings: { issuer: string; clientId: string; clientSecret: undefined; clientAuth: "basic"; name: string };
  /** Who signs in from now on. */
  person(claims: Claims): void;
  /** What the userinfo endpoint says; nothing beside the subject unless set. */
  userinfo(claims: Claims): void;
  /** Writes the ID tokens of the next answer otherwise; `sign` signs as the provider does. */
  forge(write: ((token: { header: Header; claims: Claims; sign: Sign; publicJwk: Claims }) => string) | null): void;
  /** Changes the address that the browser goes back to. */
  sendBack(change: ((url: URL) => void) | null): void;
  /** Answers each call of this path with a status. */
  fail(path: "/token" | "/.well-known/openid-configuration", status: number | null): void;
  /** Follows the address that a browser was given, and answers where it is sent back to. */
  visit(authorizationUrl: string): Promise<URL>;
  close(): Promise<void>;
};
type Sign = (header: Header, claims: Claims) => string;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part: string | undefined): Claims => JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));

/** Starts it on a free loopback port. */
export async function startIdentityServer(): Promise<IdentityServer> {
  const server = new OAuth2Server();
  const key = await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  server.issuer.url = issuer;
  const now: {
    person: Claims;
    told: Claims;
    write: Parameters<IdentityServer["forge"]>[0];
    change: Parameters<IdentityServer["sendBack"]>[0];
  } = { person: {}, told: {}, write: null, change: null };
  const failing = new Map<string, number>();
  const [secretJwk = {}, publicJwk = {}] = [true, false].map(
    (withSecret) => server.issuer.keys.toJSON(withSecret).find(({ kid }) => kid === key.kid) as Claims | undefined,
  );
  const sign: Sign = (header, claims) => {
    const input = `${encode(header)}.${encode(claims)}`;
    const signature = createSign("RSA-SHA256").update(input).sign({ key: secretJwk, format: "jwk" });
    return `${input}.${signature.toString("base64url")}`;
  };
  server.service.on(Events.BeforeTokenSigning, (token) => {
    if (token.payload.aud === undefined) return;
    Object.assign(token.payload, now.person);
  });
  server.service.on(Events.BeforeResponse, (response) => {
    const status = failing.get("/token");
    if (status !== undefined) Object.assign(response, { statusCode: status, body: { error: "server_error" } });
    if (status !== undefined || now.write === null || response.body === "") return;
    const [head, body] = String(response.body["id_token"]).split(".");
    response.body["id_token"] = now.write({ header: decode(head), claims: decode(body), sign, publicJwk });
  });
  server.service.on(Events.BeforeWellKnownOpenIdConfiguration, (response) => {
    const status = failing.get("/.well-known/openid-configuration");
    if (status !== undefined) response.statusCode = status;
  });
  server.service.on(Events.BeforeUserinfo, (response) => {
    response.body = { sub: now.person["sub"] ?? "johndoe", ...now.told };
  });
  server.service.on(Events.BeforeAuthorizeRedirect, ({ url }) => now.change?.(url));
  return {
    issuer,
    settings: { issuer, clientId: "muster-console", clientSecret: undefined, clientAuth: "basic", name: "Acme SSO" },
    person: (claims) => void Object.assign(now, { person: claims }),
    userinfo: (claims) => void Object.assign(now, { told: claims }),
    forge: (next) => void Object.assign(now, { write: next }),
    sendBack: (next) => void Object.assign(now, { change: next }),
    fail: (path, status) => void (status === null ? failing.delete(path) : failing.set(path, status)),
    async visit(authorizationUrl) {
      const answer = await fetch(authorizationUrl, { redirect: "manual" });
      return new URL(answer.headers.get("location") ?? "");
    },
    close: () => server.stop(),
  };
}
