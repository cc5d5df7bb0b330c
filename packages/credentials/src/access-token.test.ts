import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { EncryptJWT, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { issueAccessToken, readAccessToken } from "./access-token.ts";
import { createKeyring } from "./keyring.ts";

const keyring = createKeyring(Buffer.alloc(32, 1));
const places = { issuer: "https://muster.example", audience: "https://muster.example/scim/v2/a" };
const NOW_MS = 1_800_000_000_000;
const expected = { ...places, nowMs: NOW_MS };
const grant = { clientId: "Cl1entPubl1c", scopes: ["users:read"] };
const issue = (terms: Partial<typeof expected> = {}) =>
  issueAccessToken(keyring, grant, { ...expected, ...terms, lifetimeS: 600 });

describe("an access token", () => {
  it("gives back what it was issued with, until its ten minutes are over", async () => {
    const token = await issue();
    const open = await issueAccessToken(keyring, { ...grant, scopes: null }, { ...expected, lifetimeS: 600 });

    expect(await readAccessToken(keyring, token, expected)).toEqual(grant);
    expect(await readAccessToken(keyring, open, expected)).toEqual({ ...grant, scopes: null });
    expect(await readAccessToken(keyring, token, { ...expected, nowMs: NOW_MS + 599_000 })).toEqual(grant);
    expect(await readAccessToken(keyring, token, { ...expected, nowMs: NOW_MS + 601_000 })).toBeNull();
  });

  it("F36: is known beside another encryption key, before and after that takes its place, and not without its own", async () => {
    const other = Buffer.alloc(32, 2);
    const token = await issue();
    const keyrings = [createKeyring(Buffer.alloc(32, 1), [other]), createKeyring(other, [Buffer.alloc(32, 1)])];

    for (const both of keyrings) expect(await readAccessToken(both, token, expected)).toEqual(grant);
    expect(await readAccessToken(createKeyring(other), token, expected)).toBeNull();
  });

  it("V21: is refused when any of its characters differs, or it is cut or longer", async () => {
    const token = await issue();
    const forms = [
      ...Array.from(token, (letter, at) => `${token.slice(0, at)}${letter === "A" ? "B" : "A"}${token.slice(at + 1)}`),
      ...Array.from(token, (_, at) => token.slice(0, at)),
      `${token}A`,
      `${token}.`,
      `${token}.${token}`,
    ].filter((form) => form !== token);
    const read = await Promise.all(forms.map((form) => readAccessToken(keyring, form, expected)));
    // The last character of base64url carries bits that are not part of the signature.
    const taken = forms.filter((_, at) => read[at] !== null).filter((form) => form.slice(0, -1) !== token.slice(0, -1));

    expect(taken).toEqual([]);
  });

  const header = { alg: "HS256", typ: "at+jwt", kid: keyring.accessTokenKeyId };
  const exp = NOW_MS / 1_000 + 600;
  const claims = { scope: "users:read", iss: places.issuer, aud: places.audience, sub: grant.clientId, exp };
  /** A token that is right but for what is given. */
  const forge = (
    change: { header?: object; claims?: object; key?: KeyObject; crit?: Record<string, boolean> } = {},
  ): Promise<string> =>
    new SignJWT({ ...claims, ...change.claims })
      .setProtectedHeader({ ...header, ...change.header })
      .sign(change.key ?? keyring.accessTokenKey, change.crit === undefined ? {} : { crit: change.crit });
  const longKey = createSecretKey(Buffer.concat([keyring.accessTokenKey.export(), Buffer.alloc(32)]));

  it.each<[string, () => Promise<string> | string]>([
    ["alg none", () => new UnsecuredJWT(claims).encode()],
    ["another key", () => forge({ key: createSecretKey(randomBytes(32)) })],
    ["the pepper as its key", () => forge({ key: keyring.pepper })],
    ["a stronger algorithm", () => forge({ header: { alg: "HS512" }, key: longKey })],
    ["another audience", () => forge({ claims: { aud: `${places.audience}b` } })],
    ["two audiences", () => forge({ claims: { aud: [places.audience, "https://other.example"] } })],
    ["another issuer", () => forge({ claims: { iss: "https://other.example" } })],
    ["no expiry", () => forge({ claims: { exp: undefined } })],
    ["the past as its expiry", () => forge({ claims: { exp: NOW_MS / 1_000 - 1 } })],
    ["no subject", () => forge({ claims: { sub: undefined } })],
    ["a scope that is no text", () => forge({ claims: { scope: ["users:read"] } })],
    ["another key id", () => forge({ header: { kid: "000000000000" } })],
    ["no key id", () => forge({ header: { kid: undefined } })],
    ["another type", () => forge({ header: { typ: "JWT" } })],
    ["a critical header that nobody knows", () => forge({ header: { crit: ["x"], x: 1 }, crit: { x: true } })],
    [
      "encryption",
      () => new EncryptJWT(claims).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(keyring.accessTokenKey),
    ],
  ])("RFC 8725: with %s it is none", async (_name, forged) => {
    expect(await readAccessToken(keyring, await forged(), expected)).toBeNull();
    // The same, but right, is one: what is refused above is refused for its difference.
    expect(await readAccessToken(keyring, await forge(), expected)).toEqual(grant);
  });

  it("RFC 8725: whose scope was written over is none", async () => {
    const [head, , signature] = (await issue()).split(".");
    const wider = Buffer.from(
      JSON.stringify({ iss: places.issuer, aud: places.audience, sub: grant.clientId, exp: NOW_MS / 1_000 + 600 }),
    );

    expect(await readAccessToken(keyring, `${head}.${wider.toString("base64url")}.${signature}`, expected)).toBeNull();
  });

  it("of another installation is none", async () => {
    expect(await readAccessToken(createKeyring(Buffer.alloc(32, 2)), await issue(), expected)).toBeNull();
  });
});
