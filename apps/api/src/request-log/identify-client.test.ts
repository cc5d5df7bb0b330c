import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientFacts, knownClients, userAgents } from "./client-facts.ts";
import type { ClientSighting } from "./client-sighting.ts";
import { identifyClient } from "./identify-client.ts";

const fixtures = path.join(import.meta.dirname, "../../../../test/fixtures/idp");
type Recorded = { request: { method: string; path: string; headers?: Record<string, string>; body?: unknown } };

function sight({ request }: Recorded): ClientSighting {
  const [below = "", query] = request.path.split("?", 2);
  const headers = request.headers ?? {};
  return {
    userAgent: headers["User-Agent"],
    accept: headers.Accept,
    method: request.method,
    path: below,
    query,
    body: request.body,
  };
}

const folders = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const recorded = folders.flatMap(({ name: folder }) => {
  const client = knownClients.find((known) => folder.startsWith(known));
  return readdirSync(path.join(fixtures, folder)).map((file) => ({
    folder,
    file,
    client,
    sighting: sight(JSON.parse(readFileSync(path.join(fixtures, folder, file), "utf8")) as Recorded),
  }));
});

/** Clients that send nothing of their own: they are known by their User-Agent, if at all. */
const SILENT = new Set(["cyberark", "rippling", "sailpoint", "scim2-client"]);

describe("X6: which client a request looks like", () => {
  it.each(recorded)("$folder/$file is its own client or nobody's", ({ client, sighting }) => {
    expect([client, "unknown"]).toContain(identifyClient(sighting).replace(/ .*/, ""));
  });

  it.each(folders.map(({ name }) => name))("%s shows itself at least once", (folder) => {
    const of = recorded.filter((one) => one.folder === folder);
    const seen = of.filter(({ client, sighting }) => identifyClient(sighting) === client);

    expect(seen.length > 0 || SILENT.has(of[0]?.client ?? "")).toBe(true);
  });

  const bare: ClientSighting = {
    userAgent: undefined,
    accept: undefined,
    method: "GET",
    path: "/Users",
    query: undefined,
    body: undefined,
  };
  it.each<[string, Partial<ClientSighting>]>([
    ["okta", { userAgent: "Okta SCIM Client 1.0.0" }],
    ["google", { method: "POST", body: { schemas: ["urn:scim:schemas:core:1.0"] } }],
    ["onelogin", { query: "filter=userName+eq+%22a%40b%22&" }],
    ["onelogin", { method: "PUT", path: "/Users/1", query: "", body: {} }],
    ["entra", { method: "PATCH", body: { Operations: [{ op: "Add", path: "title", value: "x" }] } }],
    ["entra", { method: "PATCH", body: { Operations: [{ op: "replace", path: "active", value: "False" }] } }],
    ["entra", { query: "filter=userName+eq+%22b3c1a4f0-1f0e-4b60-8bf1-6f2a7dfbd711%22" }],
    ["keycloak", { method: "PATCH", body: { Operations: [{ op: "replace", path: "active", value: "false" }] } }],
    ["keycloak", { method: "PUT", path: "/Groups/1", body: { members: [{ value: "1", $ref: "Users/1" }] } }],
    ["jumpcloud", { method: "POST", body: { externalId: "5f6a1c2b3d4e5f6a7b8c9d0e" } }],
    ["jumpcloud", { method: "PUT", path: "/Users/1", body: { emails: null } }],
    ["jumpcloud", { query: "filter=userName%20eq%20%22a%22&count=1&startIndex=1" }],
    ["cyberark", { userAgent: "CyberArk Identity" }],
    ["unknown", { query: "count=1" }],
    ["ping", { query: "filter=emails%20eq%20%22a%40b%22" }],
    ["midpoint", { query: "startIndex=2&count=25" }],
    [
      "authentik",
      { method: "PATCH", body: { Operations: [{ op: "replace", value: { schemas: [], displayName: "Staff" } }] } },
    ],
    ["okta", { method: "PATCH", body: { Operations: [{ op: "replace", value: { id: "1", displayName: "Staff" } }] } }],
    ["unknown", { query: "filter=userName+eq+%22a%22" }],
    ["rippling", { userAgent: "Rippling/1.0" }],
    ["sailpoint", { userAgent: "SailPoint SCIM" }],
    ["scim2-client", { userAgent: "scim2-client/0.5.1" }],
    ["unknown (curl/8.5.0)", { userAgent: "curl/8.5.0" }],
    ["unknown (python-httpx/0.27)", { userAgent: "python-httpx/0.27 (ada@example.com)" }],
    ["unknown", { userAgent: "ada@example.com" }],
    ["unknown", { userAgent: `\u0000${"x".repeat(1_000_000)}` }],
    ["unknown", {}],
  ])("%s: %j", (client, seen) => {
    expect(identifyClient({ ...bare, ...seen })).toBe(client);
  });

  it("names the source of every fact", () => {
    for (const { source } of [...clientFacts, ...userAgents])
      expect(source).toMatch(/^(?:[A-Z][A-Z0-9]+|its own word)$/);
    expect(new Set([...clientFacts, ...userAgents].map(({ client }) => client))).toEqual(new Set(knownClients));
  });

  it("takes anything at all and answers a short name", () => {
    const anyText = fc.option(fc.string({ unit: "binary" }), { nil: undefined });
    fc.assert(
      fc.property(anyText, anyText, fc.anything(), (userAgent, query, body) => {
        expect(identifyClient({ ...bare, userAgent, query, body })).toMatch(
          /^[a-z0-9-]+(?: \([A-Za-z0-9._/-]{1,48}\))?$/,
        );
      }),
    );
  });

  it("reads the first parts of a huge body only", () => {
    const operations = new Proxy(
      Array.from({ length: 100_000 }, () => ({ op: "add", path: "members", value: [] })),
      {
        get: (target, key, self) =>
          Number(key) > 4 ? expect.unreachable(`element ${String(key)}`) : Reflect.get(target, key, self),
      },
    );

    expect(identifyClient({ ...bare, method: "PATCH", body: { Operations: operations } })).toBe("unknown");
  });
});
