import { operations } from "@muster/contract";
import { uuidV7 } from "@muster/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowserClient, type Jar } from "./browser-client.ts";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage } from "./stage.ts";
import { openWorkshop } from "./workshop.ts";

type Place = { tenantId: string; directoryId: string; connectionId: string };
type Link = { id: string; url: string; secondCode: string | null };

let stage: Stage;
let browser: ReturnType<typeof createBrowserClient>;
let a: Place;
let b: Place;

beforeAll(async () => {
  stage = await openStage();
  browser = createBrowserClient(stage);
  const workshop = await openWorkshop(stage);
  const place = async (): Promise<Place> => {
    const tenant = await stage.newTenant();
    const { connectionId } = await workshop.connect(tenant);
    return { tenantId: tenant.id, directoryId: tenant.directoryId, connectionId };
  };
  a = await place();
  b = await place();
});
afterAll(async () => {
  await stage.close();
});

const newLink = async (tenantId: string, body: unknown = {}): Promise<Link> =>
  (await stage.admin.postSecret(`/tenants/${tenantId}/portal-links`, body)) as unknown as Link;
const codeOf = ({ url }: Link) => url.split("#")[1]?.replace("+", "") ?? "";
const enter = async (link: Link) => await browser.signIn({ portalCode: codeOf(link) });
const enterAs = async (rights: string, tenantId = a.tenantId) => await enter(await newLink(tenantId, { rights }));
const knock = (link: Link, more: object = {}) =>
  browser.ask("POST", "/session", { body: { portalCode: codeOf(link), ...more } });
const statusOf = async (jar: Jar) => (await browser.ask("GET", `/api/v1/tenants/${a.tenantId}`, { jar })).status;

/** Asks every operation with a jar, with ids of this place and nothing of its own in the body. */
async function askAll(jar: Jar, at: Place): Promise<{ id: string; method: string; status: number }[]> {
  const answers = [];
  for (const { id, method, path } of Object.values(operations)) {
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => at[name as keyof Place] ?? uuidV7());
    const sent = method === "get" || method === "delete" ? {} : { body: { nothing: "that any operation takes" } };
    const { status } = await browser.ask(method.toUpperCase(), target, { jar, ...sent });
    answers.push({ id, method, status });
  }
  return answers;
}

describe("A7, A8, V82, D12: a link into the portal", () => {
  it("opens its tenant once, for an hour, and says what it opened", async () => {
    const link = await newLink(a.tenantId, { rights: "view" });
    const jar = await enter(link);
    const shown = await browser.ask("GET", "/session", { jar });

    expect(jar.setCookie).toContain("Max-Age=3600");
    expect(shown.body.signedInWith).toEqual({ portalLinkId: link.id, tenantId: a.tenantId, rights: "view" });
    expect(await statusOf(jar)).toBe(200);
    expect(await knock(link)).toMatchObject({ status: 401, body: { detail: expect.stringContaining("used already") } });
    expect(await statusOf(jar)).toBe(200);
  });

  it("is used by one of many who come at once", async () => {
    const link = await newLink(a.tenantId);
    const answers = await Promise.all(Array.from({ length: 8 }, () => knock(link)));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401, 401, 401, 401, 401]);
  });

  it("is over after its minutes, when it is revoked, and takes its session along", async () => {
    const { id } = await newLink(a.tenantId);
    const late = await newLink(a.tenantId);
    await stage.ledger.query("update portal_links set expires_at = now() where public_id = $1", [late.id]);
    const open = await newLink(a.tenantId);
    const jar = await enter(open);
    const gone = await stage.admin.send("DELETE", `/tenants/${a.tenantId}/portal-links/${open.id}`);

    expect((await knock(late)).status).toBe(401);
    expect([gone.status, await statusOf(jar)]).toEqual([204, 401]);
    expect((await stage.admin.send("DELETE", `/tenants/${a.tenantId}/portal-links/${open.id}`)).status).toBe(404);
    expect((await stage.admin.send("DELETE", `/tenants/${b.tenantId}/portal-links/${id}`)).status).toBe(404);
  });

  it("V56: is over with the key of whoever made it, and so is what was begun with it", async () => {
    const { apiKey } = await stage.newWorkspace();
    const owner = await browser.signIn({ apiKey });
    const { body: tenant } = await browser.ask("POST", "/api/v1/tenants", { jar: owner, body: { name: "Acme" } });
    const make = async () => {
      const { body } = await browser.ask("POST", `/api/v1/tenants/${tenant.id}/portal-links`, { jar: owner, body: {} });
      const link = body as unknown as Link;
      stage.ear.secret(codeOf(link));
      return link;
    };
    const [unused, used] = [await make(), await make()];
    const jar = await enter(used);
    await stage.ledger.query(
      "update api_keys set revoked_at = now() where public_id = (select api_key_id from portal_links where public_id = $1)",
      [used.id],
    );

    expect((await knock(unused)).status).toBe(401);
    expect((await browser.ask("GET", "/session", { jar })).status).toBe(401);
  });

  it("V29: suspending the tenant ends its links and what was begun with them, and nobody else's", async () => {
    const other = await stage.newTenant();
    const [unused, used] = [await newLink(other.id), await newLink(other.id)];
    const [jar, ours] = [await enter(used), await enterAs("view")];
    await stage.admin.send("PATCH", `/tenants/${other.id}`, { suspended: true });
    const meanwhile = await stage.admin.send("POST", `/tenants/${other.id}/portal-links`, {});
    await stage.admin.send("PATCH", `/tenants/${other.id}`, { suspended: false });

    expect((await browser.ask("GET", "/session", { jar })).status).toBe(401);
    expect((await knock(unused)).status).toBe(401);
    expect(meanwhile).toMatchObject({ status: 409, body: { detail: expect.stringContaining("suspended") } });
    expect(await statusOf(ours)).toBe(200);
  });

  it("that lives for days opens nothing without its second code, and is over with the fifth wrong one", async () => {
    const body = { lifetimeS: 86_400 };
    const [link, other] = [await newLink(a.tenantId, body), await newLink(a.tenantId, body)];
    const wrong = link.secondCode === "00000000" ? "00000001" : "00000000";

    expect(link.secondCode).toMatch(/^\d{8}$/);
    expect((await knock(link)).body.detail).toContain("second code");
    expect((await knock(link, { secondCode: wrong })).status).toBe(401);
    const jar = await browser.signIn({ portalCode: codeOf(link), secondCode: ` ${link.secondCode} ` });
    expect(await statusOf(jar)).toBe(200);
    for (let tries = 0; tries < 5; tries += 1) await knock(other, { secondCode: wrong });
    expect((await knock(other, { secondCode: other.secondCode })).status).toBe(401);
    const { body: audit } = await stage.admin.get(`/tenants/${a.tenantId}/audit?pageSize=1`);
    const ended = { action: "portal-link.fail", target: other.id, actor: `link:${other.id}` };
    expect(audit.items).toMatchObject([ended]);
  });

  it("V80: is used from a page of ours only, and beside nothing else", async () => {
    const link = await newLink(a.tenantId);
    const body = { portalCode: codeOf(link) };
    const foreign = await browser.ask("POST", "/session", { body, headers: { "Sec-Fetch-Site": "cross-site" } });

    expect(foreign.status).toBe(403);
    expect((await browser.ask("POST", "/session", { body: { ...body, apiKey: stage.apiKey } })).status).toBe(400);
    expect((await browser.ask("POST", "/session", { body: { secondCode: "1" } })).status).toBe(400);
    expect(await statusOf(await enter(link))).toBe(200);
  });
});

describe("V10, D11: whoever came by a link", () => {
  it.each(["setup", "manage", "view"])("reaches no other tenant, whatever a link of %s may do", async (rights) => {
    const jar = await enterAs(rights);
    const answers = await askAll(jar, b);
    const inB = answers.filter(({ id }) => /\{(tenantId|connectionId)\}/.test(pathOf(id)));

    expect(inB.length).toBeGreaterThan(80);
    // What is refused before anybody looks for a tenant is refused for the link's rights or for what was sent.
    expect(inB.filter(({ status }) => ![400, 403, 404].includes(status))).toEqual([]);
    expect(inB.filter(({ method, status }) => method === "get" && ![403, 404].includes(status))).toEqual([]);
  });

  it("sees with view and changes nothing; sets up with setup and sees no access; no rights reach the workspace", async () => {
    const status = async (rights: string) =>
      new Map((await askAll(await enterAs(rights), a)).map((one) => [one.id, one]));
    const [view, setup, manage] = [await status("view"), await status("setup"), await status("manage")];
    const refused = (of: typeof view, ids: string[]) => ids.map((id) => of.get(id)?.status === 403);
    const workspace = ["getOverview", "createApp", "createTenant", "listTenants", "updateTenant", "putAppMapping"];
    const owners = ["createConnection", "updateConnection", "putLockoutGuard", "createWebhook", "createPortalLink"];

    const changes = [...view.values()].filter(({ method }) => method !== "get");
    expect(changes.filter((one) => one.status !== 403)).toEqual([]);
    expect(refused(view, ["getConnection", "listUsers"])).toEqual([false, false]);
    expect(refused(setup, ["createDirectoryToken", "updateDirectory", "listUsers"])).toEqual([false, false, false]);
    expect(refused(setup, ["getConnection", "putRules", "listAudit"])).toEqual([true, true, true]);
    expect(refused(manage, ["putRules", "approveHold", "createDirectoryToken"])).toEqual([false, false, false]);
    for (const of of [view, setup, manage]) expect(refused(of, [...workspace, ...owners])).not.toContain(false);
  });

  it("changes in its own name: the audit shows the link, and the list who made it", async () => {
    const link = await newLink(a.tenantId);
    const jar = await enter(link);
    const body = { name: "Renamed by the customer" };
    const at = `/api/v1/tenants/${a.tenantId}/directories/${a.directoryId}`;
    expect((await browser.ask("PATCH", at, { jar, body })).status).toBe(200);
    const refused = await browser.ask("PATCH", at, { jar, body: { ...body, requestsPerSecond: 100_000 } });
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining("requestsPerSecond") } });
    expect((await browser.ask("PATCH", at, { jar, body: { gate: "open" } })).status).toBe(403);
    const made = await browser.ask("POST", `/api/v1/tenants/${a.tenantId}/directories`, {
      jar,
      body: { provider: "okta", gate: "open" },
    });
    expect(made).toMatchObject({ status: 403, body: { detail: expect.stringContaining("gate") } });
    const audit = await stage.admin.get(`/tenants/${a.tenantId}/audit?pageSize=1`);
    const { body: links } = await stage.admin.get(`/tenants/${a.tenantId}/portal-links?pageSize=1`);

    expect(audit.body.items[0]).toMatchObject({ actor: `link:${link.id}` });
    expect(links.items[0]).toMatchObject({ id: link.id, createdBy: expect.stringMatching(/^key:/), revokedAt: null });
    expect(links.items[0]?.usedAt).not.toBeNull();
  });
});

it("V23, V82: no code of a link is in any row, log line or other answer", async () => {
  expect(findLeaks(await stage.ledger.rows(), stage.ear.secrets())).toEqual([]);
  expect(findLeaks(stage.ear.heard(), stage.ear.secrets())).toEqual([]);
});

const pathOf = (id: string): string => Object.values(operations).find((operation) => operation.id === id)?.path ?? "";
