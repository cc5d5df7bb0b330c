import { apiRoutes } from "@muster/api";
import { memberRoles } from "@muster/contract";
import { uuidV7 } from "@muster/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowserClient } from "./browser-client.ts";
import type { AdminClient } from "./clients.ts";
import { openStage, type Stage } from "./stage.ts";

let stage: Stage;
let keys: Map<string, AdminClient>;

beforeAll(async () => {
  stage = await openStage();
  const made = memberRoles.map(async (role): Promise<[string, AdminClient]> => [role, await stage.newKey(role)]);
  keys = new Map(await Promise.all(made));
});
afterAll(async () => {
  await stage.close();
});

const idFor = (name: string): string =>
  ["tokenId", "linkId"].includes(name) ? uuidV7().replaceAll("-", "").slice(-12) : uuidV7();
const pathOf = (template: string): string =>
  template.slice("/api/v1".length).replaceAll(/\{(\w+)\}/g, (_, name: string) => idFor(name));

describe("V19, M6: what each role may", () => {
  // Every operation is asked for with things that are not there and bodies that do not fit: whoever may gets that far.
  it("is what the table that is kept says, for every operation of the contract", async () => {
    const before = await stage.ledger.digest();
    const lines: string[] = [];
    for (const { operation } of apiRoutes) {
      const answers = memberRoles.map(async (role) => {
        const body = operation.body === undefined ? undefined : { "not a member": true };
        return (await keys.get(role)?.send(operation.method.toUpperCase(), pathOf(operation.path), body))?.status;
      });
      const [owner, ...others] = (await Promise.all(answers)).map((status) => (status === 403 ? "-" : "yes"));
      // What nobody decided is for nobody: a new operation needs a row in member-rights.ts.
      expect([operation.id, owner]).toEqual([operation.id, "yes"]);
      lines.push([operation.id.padEnd(24), ...others.map((may) => may.padEnd(9))].join("").trimEnd());
    }
    const head = ["operation".padEnd(24), ...memberRoles.slice(1).map((role) => role.padEnd(9))].join("").trimEnd();

    await expect(`${[head, ...lines.sort()].join("\n")}\n`).toMatchFileSnapshot("role-matrix.txt");
    expect(await stage.ledger.digest()).toBe(before);
  });

  it("says what is missing, changes nothing, and is the same for a session that a key began", async () => {
    const browser = createBrowserClient(stage);
    const issued = await keys.get("auditor")?.send("POST", "/tenants", { name: "Acme" });
    const tenants = await stage.ledger.query("select from tenants");

    expect(issued).toMatchObject({ status: 403, body: { detail: expect.stringContaining("needs the role admin") } });
    expect(issued?.body.detail).toContain("yours is auditor");
    expect(tenants).toEqual([]);
    const jar = await browser.signIn({ apiKey: stage.apiKey });
    const session = await browser.ask("GET", "/session", { jar });
    expect(session.body).toMatchObject({ role: "owner", operations: expect.arrayContaining(["POST /api/v1/members"]) });
    expect(session.body["operations"]).toHaveLength(apiRoutes.length);
  });

  it("V31: nobody makes what may more than they do: a link needs somebody who may configure, then and later", async () => {
    const tenant = await stage.newTenant();
    const browser = createBrowserClient(stage);
    const path = `/tenants/${tenant.id}/portal-links`;
    const admin = keys.get("admin");
    const refused = await keys.get("operator")?.send("POST", path, {});
    const link = await admin?.postSecret(path, {});
    const code = stage.ear.secret(String(link?.["url"]).split("#")[1] ?? "");
    await stage.ledger.query(
      "update api_keys set role = 'operator' where public_id = (select api_key_id from portal_links where public_id = $1)",
      [link?.id],
    );

    expect(refused?.status).toBe(403);
    expect((await browser.ask("POST", "/session", { body: { portalCode: code } })).status).toBe(401);
  });
});
