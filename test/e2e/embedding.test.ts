import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowserClient } from "./browser-client.ts";
import { rawRequest } from "./raw-request.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

const APP = "https://app.example.com";
const AS_BROWSER = ["Accept", "text/html"];
const PNG = Buffer.from(
  "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fea73581840000000049454e44ae426082",
  "hex",
);

let stage: Stage;
let tenant: Tenant;
let browser: ReturnType<typeof createBrowserClient>;
beforeAll(async () => {
  stage = await openStage();
  browser = createBrowserClient(stage);
  tenant = await stage.newTenant();
  const look = { name: "Ledger", colour: "#0b7285", logo: PNG.toString("base64"), embedOrigins: [APP] };
  await stage.admin.send("PATCH", "/branding", look);
});
afterAll(async () => {
  await stage.close();
});

type Link = { id: string; url: string };
const newLink = async (body: object, tenantId = tenant.id) =>
  (await stage.admin.postSecret(`/tenants/${tenantId}/portal-links`, body)) as unknown as Link;
const codeOf = ({ url }: Link) => url.split("#")[1] ?? "";
const framedBy = async (target: string) => {
  const { headers } = await rawRequest(stage.localUrl, { target, headers: AS_BROWSER });
  return /frame-ancestors ([^;]*)/.exec(String(headers["content-security-policy"]))?.[1];
};
/** Comes in as the page in a frame does, which keeps its token itself. */
async function comeIn(link: Link) {
  const answer = await browser.ask("POST", "/session", { body: { portalCode: codeOf(link) } });
  const bearer = stage.ear.secret(String(answer.body["bearer"]));
  return { answer, bearer, headers: { Authorization: `Bearer ${bearer}`, "Sec-Fetch-Site": "same-origin" } };
}

describe("A8, D17: the portal in a frame of an app owner's page", () => {
  it("may be framed by the one origin that its link was made for, while it lives, and by nobody else", async () => {
    const link = await newLink({ embedIn: APP });
    const plain = await newLink({});
    const at = `/embed/${link.id}`;
    const before = [await framedBy(at), await framedBy(`${at}/tenants/x`), await framedBy(`/embed/${plain.id}`)];
    const others = [
      await framedBy("/"),
      await framedBy("/enter"),
      await framedBy("/embed/a1B2c3D4e5F6"),
      await framedBy("/embed/x"),
    ];
    await comeIn(link);
    const used = await framedBy(at);
    await stage.admin.send("DELETE", `/tenants/${tenant.id}/portal-links/${link.id}`);

    expect(link.url).toMatch(new RegExp(`/embed/${link.id}#mst_portal_`));
    expect(before).toEqual([APP, APP, "'none'"]);
    expect(others).toEqual(Array(4).fill("'none'"));
    expect([used, await framedBy(at)]).toEqual([APP, "'none'"]);
  });

  it("an origin that is taken off the list frames nothing from then on, and no link is made for one that is not on it", async () => {
    const link = await newLink({ embedIn: APP });
    const refused = await stage.admin.send("POST", `/tenants/${tenant.id}/portal-links`, {
      embedIn: "https://evil.example",
    });
    await stage.admin.send("PATCH", "/branding", { embedOrigins: [] });
    const off = await framedBy(`/embed/${link.id}`);
    await stage.admin.send("PATCH", "/branding", { embedOrigins: [APP] });

    expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringContaining("embedOrigins") } });
    expect([off, await framedBy(`/embed/${link.id}`)]).toEqual(["'none'", APP]);
  });

  it.each([
    "https://*.example.com",
    "https://a.example/path",
    "http://app.example.com",
    "https://A.example",
    "*",
    "null",
    "https://a.example:0",
  ])("takes %s for no origin", async (origin) => {
    const answer = await stage.admin.send("PATCH", "/branding", { embedOrigins: [origin] });

    expect(answer.status).toBe(400);
  });

  it("D09, V80: sets no cookie and ends none; its token opens by header alone, needs no CSRF token, and is no cookie", async () => {
    const console = await browser.signIn({ apiKey: stage.apiKey });
    const link = await newLink({ embedIn: APP, rights: "manage" });
    const code = { body: { portalCode: codeOf(link) } };
    const answer = await browser.ask("POST", "/session", { ...code, jar: console });
    const bearer = stage.ear.secret(String(answer.body["bearer"]));
    const path = `/api/v1/tenants/${tenant.id}`;
    const withToken = { headers: { Authorization: `Bearer ${bearer}` } };
    const name = console.cookie?.split("=")[0] ?? "";

    expect([answer.status, answer.headers["set-cookie"]]).toEqual([201, undefined]);
    expect((await browser.ask("GET", path, withToken)).status).toBe(200);
    expect(
      (await browser.ask("POST", `${path}/directories`, { ...withToken, body: { provider: "okta" } })).status,
    ).toBe(201);
    expect((await browser.ask("GET", path, { headers: { Cookie: `${name}=${bearer}` } })).status).toBe(401);
    // A cookie's token in the header, and the console that was signed in all the while.
    const stolen = { headers: { Authorization: `Bearer ${console.cookie?.split("=")[1]}` } };
    expect((await browser.ask("GET", path, stolen)).status).toBe(401);
    expect((await browser.ask("GET", path, { jar: console })).status).toBe(200);
    // The header decides alone: it does not fall back to the cookie beside it.
    const wrong = { jar: console, headers: { Authorization: `Bearer ${bearer.slice(0, -1)}A` } };
    expect((await browser.ask("GET", path, wrong)).status).toBe(401);
  });

  it("V10, V82: opens its tenant alone, once, and is over when signed out", async () => {
    const other = await stage.newTenant();
    const link = await newLink({ embedIn: APP, rights: "view" });
    const { headers } = await comeIn(link);
    const again = await browser.ask("POST", "/session", { body: { portalCode: codeOf(link) } });
    const foreign = await browser.ask("GET", `/api/v1/tenants/${other.id}`, { headers });
    const branding = await browser.ask("PATCH", "/api/v1/branding", { headers, body: { name: "Evil" } });
    const out = await browser.ask("DELETE", "/session", { headers });

    expect([again.status, foreign.status, branding.status, out.status]).toEqual([401, 404, 403, 204]);
    expect((await browser.ask("GET", `/api/v1/tenants/${tenant.id}`, { headers })).status).toBe(401);
  });
});

describe("A8: how the portal looks to customers", () => {
  it("is told to whoever has a link that lives, and to nobody else", async () => {
    const link = await newLink({});
    const look = await browser.ask("GET", `/branding/${link.id}`);
    const logo = await rawRequest(stage.localUrl, { target: `/branding/${link.id}/logo` });
    await stage.admin.send("DELETE", `/tenants/${tenant.id}/portal-links/${link.id}`);

    expect(look.body).toEqual({ name: "Ledger", colour: "#0b7285", hasLogo: true });
    expect(logo).toMatchObject({
      status: 200,
      headers: {
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-length": String(PNG.byteLength),
      },
    });
    for (const id of [link.id, "a1B2c3D4e5F6", "x"])
      expect((await browser.ask("GET", `/branding/${id}`)).status).toBe(404);
    expect((await browser.ask("POST", `/branding/${link.id}`, { body: {} })).status).toBe(405);
  });

  it("V83: a logo that can hold a script is refused; what is left out of an edit stays", async () => {
    const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").toString("base64");
    const refused = await stage.admin.send("PATCH", "/branding", { logo: svg });
    await stage.admin.send("PATCH", "/branding", { colour: "#ffff00" });

    expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringContaining("PNG") } });
    expect((await stage.admin.get("/branding")).body).toEqual({
      name: "Ledger",
      colour: "#ffff00",
      logo: { type: "image/png", bytes: PNG.byteLength },
      embedOrigins: [APP],
    });
  });

  it("V05, V14: is the workspace's own", async () => {
    const { admin } = await stage.newWorkspace();

    expect((await admin.get("/branding")).body).toEqual({ name: null, colour: null, logo: null, embedOrigins: [] });
  });
});
