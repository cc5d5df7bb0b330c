import { expect, it } from "vitest";
import { createRedactor } from "../redact-text.ts";
import { showExchange } from "./show-exchange.ts";

const TOKEN = "mst_downstream-0123456789";
const redact = createRedactor([TOKEN], 20_000);
const call = {
  operation: "create",
  method: "POST",
  path: "/Users",
  body: { userName: "ada@example.com", active: true, password: "hunter2", name: { givenName: "Ada" } },
} as const;
const reply = (status: number, body: string, headers: Record<string, string> = {}) =>
  ({ kind: "reply", status, headers, body }) as const;

it("K2: shows method, path, status and masked bodies, and of all headers Retry-After alone", () => {
  const body = JSON.stringify({ id: "7", userName: "ada@example.com", active: false });

  const shown = showExchange(call, reply(503, body, { "retry-after": "7", "set-cookie": "session=1" }), redact);

  expect(shown).toEqual({
    method: "POST",
    path: "/Users",
    body: { userName: "email(15)", active: true, password: "hidden", name: { givenName: "text(3)" } },
    status: 503,
    retryAfter: "7",
    answer: { id: "text(1)", userName: "email(15)", active: false },
  });
});

it.each([
  ["as a value", JSON.stringify({ detail: TOKEN })],
  ["as a name", JSON.stringify({ [TOKEN]: 1 })],
  ["as a schema", JSON.stringify({ schemas: [`urn:${TOKEN}`] })],
  ["in text that is no JSON", `<p>${TOKEN}</p>`],
])("I05: a credential that the app echoes %s is not kept", (_where, body) => {
  const shown = JSON.stringify(showExchange(call, reply(400, body, { "retry-after": TOKEN }), redact));

  expect(shown).not.toContain(TOKEN.slice(0, 12));
  expect(shown).toContain('"status":400');
});

it("masks what a look-up asks for and the app's own id, and keeps ids of ours", () => {
  const ours = "018f7f6a-1c00-7000-8000-000000000006";
  const search = {
    operation: "search",
    method: "GET",
    path: "/Users",
    query: `filter=${encodeURIComponent('userName eq "ada"')}`,
  } as const;

  const paths = [search, { ...search, query: `filter=${encodeURIComponent(`externalId eq "${ours}"`)}` }].map(
    (asked) => showExchange(asked, reply(200, ""), redact).path,
  );

  expect(paths).toEqual(['/Users?filter=userName eq "text(3)"', `/Users?filter=externalId eq "${ours}"`]);
  expect(showExchange({ ...search, path: "/Users/secret-id" }, reply(404, ""), redact).path).toMatch(
    /^\/Users\/text\(9\)/,
  );
});

it("bounds what it keeps, and does not read what is too long", () => {
  const many = JSON.stringify({ Resources: Array.from({ length: 5_000 }, () => ({ userName: "x".repeat(20) })) });
  const huge = JSON.stringify({ detail: "x".repeat(300_000) });

  expect(JSON.stringify(showExchange(call, reply(200, many), redact)).length).toBeLessThan(17_000);
  expect(showExchange(call, reply(200, huge), redact).answer).toBe(`not read (${huge.length} characters)`);
});
