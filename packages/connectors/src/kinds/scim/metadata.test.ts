import { describe, expect, it } from "vitest";
import type { OAuthAuth, TargetAuth, TargetTls } from "../../target-auth.ts";
import { scim } from "./scim.ts";

const { fields } = scim.metadata;
const tokenUrl = "https://id.example/token";
const wanted = { scope: "s", audience: "a", resource: "r" };
const signing = { privateKey: "k", keyId: "1", assertionAudience: "a" };
const client = { tokenUrl, clientId: "c", clientSecret: "s", clientSecretIn: "header" } as const;
const oauth: Required<OAuthAuth>[] = [
  { scheme: "oauthClientCredentials", ...client, ...wanted },
  { scheme: "oauthPrivateKeyJwt", tokenUrl, clientId: "c", ...signing, ...wanted },
  { scheme: "oauthJwtBearer", tokenUrl, issuer: "i", subject: "s", ...signing, lifetimeSeconds: 60, scope: "s" },
  { scheme: "oauthAuthorizationCode", authorizationUrl: "https://id.example/authorize", ...client, ...wanted },
];
const auths: TargetAuth[] = [
  { scheme: "bearer", token: "t" },
  { scheme: "header", name: "n", value: "v" },
  { scheme: "basic", username: "u", password: "p" },
  { scheme: "certificate" },
  ...oauth,
];
const tls: Required<TargetTls> = { ca: "c", certificate: "c", privateKey: "k" };

describe("the form of a SCIM target", () => {
  it.each(auths)("H1-H7: asks for exactly what a target with $scheme sign-in is made of", (auth) => {
    const asked = fields.filter((field) => !field.when || field.when.is === auth.scheme).map((field) => field.path);

    const parts = ["baseUrl", "updateMethod", ...below("auth", auth), ...below("tls", tls)];
    expect(asked.toSorted()).toEqual(parts.toSorted());
  });

  it("knows which inputs are secret, and offers every choice there is", () => {
    expect([...new Set(fields.filter((field) => field.secret).map((field) => field.path))]).toEqual([
      "auth.token",
      "auth.value",
      "auth.password",
      "auth.clientSecret",
      "auth.privateKey",
      "tls.privateKey",
    ]);
    const schemes = fields.find((field) => field.path === "auth.scheme");
    expect(schemes?.options?.map((option) => option.value)).toEqual(auths.map((auth) => auth.scheme));
  });

  it("uses only controls that a form can render", () => {
    expect(new Set(fields.map((field) => field.control))).toEqual(
      new Set(["url", "choice", "text", "multiline", "number"]),
    );
  });
});

function below(name: string, part: object): string[] {
  return Object.keys(part).map((key) => `${name}.${key}`);
}
