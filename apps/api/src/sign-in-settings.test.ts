import { readSettings, SettingsError } from "@muster/runtime";
import { describe, expect, it } from "vitest";
import { readSignInSettings, type SignInSettings } from "./sign-in-settings.ts";

const read = (env: Record<string, string>, egressAllow: readonly string[] = []): SignInSettings | undefined =>
  readSettings(env, (reader) => readSignInSettings(reader, { egressAllow }));
const issuer = { MUSTER_OIDC_ISSUER: "https://id.example/realm", MUSTER_OIDC_CLIENT_ID: "muster" };

/** The names of the settings that are refused. */
function refused(env: Record<string, string>, egressAllow: readonly string[] = []): string[] {
  try {
    read(env, egressAllow);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ name }) => name);
  }
}

describe("D08: settings of signing in at an identity provider", () => {
  it("none of them is no provider, and the few that are needed are enough", () => {
    expect(read({})).toBeUndefined();
    expect(read(issuer)).toEqual({
      issuer: "https://id.example/realm",
      clientId: "muster",
      clientSecret: undefined,
      clientAuth: "basic",
      name: "id.example",
      allowedDomains: [],
    });
    expect(
      read({ ...issuer, MUSTER_OIDC_NAME: "Acme SSO", MUSTER_OIDC_ALLOWED_DOMAINS: "Acme.example, acme.test" }),
    ).toMatchObject({ name: "Acme SSO", allowedDomains: ["acme.example", "acme.test"] });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ["a client without a provider", { MUSTER_OIDC_CLIENT_ID: "muster" }, ["MUSTER_OIDC_CLIENT_ID"]],
    ["domains without a provider", { MUSTER_OIDC_ALLOWED_DOMAINS: "acme.example" }, ["MUSTER_OIDC_ALLOWED_DOMAINS"]],
    ["a provider without a client", { MUSTER_OIDC_ISSUER: "https://id.example" }, ["MUSTER_OIDC_CLIENT_ID"]],
    ["what is no domain", { ...issuer, MUSTER_OIDC_ALLOWED_DOMAINS: "@acme.example" }, ["MUSTER_OIDC_ALLOWED_DOMAINS"]],
    [
      "what is no address",
      { ...issuer, MUSTER_OIDC_ISSUER: "id.example" },
      ["MUSTER_OIDC_ISSUER", "MUSTER_OIDC_CLIENT_ID"],
    ],
    ["plain http", { ...issuer, MUSTER_OIDC_ISSUER: "http://id.example" }, ["MUSTER_OIDC_ISSUER"]],
    [
      "everybody's tenant",
      { ...issuer, MUSTER_OIDC_ISSUER: "https://login.microsoftonline.com/common/v2.0" },
      ["MUSTER_OIDC_ISSUER"],
    ],
  ])("%s is refused at the start", (_name, env, names) => {
    expect(refused(env)).toEqual(names);
  });

  it("plain http is for what is let through besides public https", () => {
    expect(refused({ ...issuer, MUSTER_OIDC_ISSUER: "http://10.0.0.7" }, ["10.0.0.0/8"])).toEqual([]);
  });
});
