import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { uuidV7 } from "@muster/runtime";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createScimClient } from "../e2e/clients.ts";
import { rawRequest } from "../e2e/raw-request.ts";
import { openStage, type Stage, type Tenant } from "../e2e/stage.ts";
import { describeWithChromium, expectAccessible, fits, goTo, openBrowser, openPage, signIn } from "./browser.ts";
import { fillTenant } from "./fill-tenant.ts";

const dist = path.join(import.meta.dirname, "../../apps/portal/dist");

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage.close();
});

const AS_BROWSER = ["Accept", "text/html,application/xhtml+xml"];

describe("D17: how the portal is served", () => {
  it("a page under every path that a browser goes to, never kept, with a policy that runs nothing else", async () => {
    const [home, deep] = [
      await rawRequest(stage.localUrl, { target: "/", headers: AS_BROWSER }),
      await rawRequest(stage.localUrl, { target: "/tenants/x/users", headers: AS_BROWSER }),
    ];
    const policy = String(home.headers["content-security-policy"]);
    const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1] ?? "";

    expect([home.status, deep.status]).toEqual([200, 200]);
    expect(home.headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.replace("style-src-attr 'unsafe-inline'", "")).not.toMatch(/unsafe/);
    expect(home.text).toContain(`nonce="${nonce}"`);
    expect(deep.text).not.toContain(nonce);
    expect(home.text).not.toMatch(/<script(?![^>]*\bsrc=)|__NONCE__/);
  });

  it("below a path of its own where the public address has one", async () => {
    const below = await openStage({ publicUrl: "https://muster.example/base" });
    const page = await rawRequest(below.localUrl, { target: "/tenants/x", headers: AS_BROWSER });
    await below.close();

    expect(page.text).toContain('<base href="/base/" />');
    expect(page.text).toMatch(/src="\.\/assets\//);
    expect(page.headers["strict-transport-security"]).toBe("max-age=31536000");
  });

  it("files that are named after what they hold for a year, compressed; and nothing else of the folder", async () => {
    const [script = ""] = readdirSync(path.join(dist, "assets")).filter((name) => name.endsWith(".js"));
    const headers = ["Accept-Encoding", "gzip"];
    const answer = await rawRequest(stage.localUrl, { target: `/assets/${script}`, headers });

    expect(answer).toMatchObject({
      status: 200,
      headers: {
        "cache-control": "public, max-age=31536000, immutable",
        "content-encoding": "gzip",
        "content-type": "text/javascript; charset=utf-8",
      },
    });
    for (const target of ["/assets/../index.html", "/assets/%2e%2e/.built-from", "/assets/nothing.js", "/index.html"])
      expect((await rawRequest(stage.localUrl, { target, headers: AS_BROWSER })).status).toBeGreaterThanOrEqual(400);
  });

  it("what calls an API is answered by the API, whatever it accepts", async () => {
    for (const target of ["/api/v1/tenants", "/api/v1/nothing", `/scim/v2/${uuidV7()}/Users`, "/session"])
      expect((await rawRequest(stage.localUrl, { target, headers: AS_BROWSER })).status).toBe(401);
  });

  it("P20: the first load brings at most 300 kB of script, compressed", () => {
    const scripts = readdirSync(path.join(dist, "assets")).filter((name) => name.endsWith(".js"));
    const bytes = scripts.map((name) => gzipSync(readFileSync(path.join(dist, "assets", name)), { level: 9 }).length);

    expect(scripts.length).toBeGreaterThan(0);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(300_000);
  });
});

describeWithChromium("the portal in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  /** A page of somebody who is signed in. */
  async function open() {
    const watched = await openPage(browser, stage.localUrl);
    await signIn(watched.page, stage.apiKey);
    return watched;
  }

  describe("SD1 to SD16: onboarding a customer", () => {
    let page: Page;
    let complaints: string[];
    let tenantUrl: string;
    beforeAll(async () => {
      ({ page, complaints } = await open());
    });

    it("an app with roles, a tenant, and the list of directory providers with JumpCloud first", async () => {
      await page.getByRole("link", { name: "Apps" }).click();
      await page.getByRole("button", { name: "New app" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Ledger");
      await page.getByLabel("Name of role 1").fill("Administrator");
      await page.getByRole("button", { name: "Add a role" }).click();
      await page.getByLabel("Name of role 2").fill("Viewer");
      await page.getByRole("button", { name: "Register app" }).click();
      await page.getByRole("heading", { name: "Ledger" }).waitFor();

      await page.getByRole("link", { name: "Tenants" }).click();
      await page.getByRole("button", { name: "New tenant" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Acme");
      await page.getByRole("button", { name: "Create tenant" }).click();
      await page.getByRole("heading", { level: 1, name: "Acme" }).waitFor();
      tenantUrl = new URL(page.url()).pathname.replace("/provisioning", "");

      expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("SCIM Provisioning");
      const offered = await page.locator(".choice").allTextContents();
      expect(offered.map((text) => text.replace(/^./, "").split(/(?<=[a-z)])(?=[A-Z])/)[0])).toHaveLength(9);
      expect(offered[0]).toContain("JumpCloud");
    });

    it("SD2, A2, A10: choosing one shows its values once, and the first request, person and group as they come", async () => {
      await page.getByRole("button", { name: "JumpCloud" }).click();
      await page.getByText("Waiting for: first request").waitFor();
      const [endpointUrl = "", bearerToken = ""] = await page.locator("main .secret").allTextContents();
      expect(endpointUrl).toContain(`${stage.localUrl}/scim/v2/`);
      const scim = createScimClient({ endpointUrl, bearerToken, ear: stage.ear });

      await scim.get("/Users?count=1");
      await page.getByText("Waiting for: first person").waitFor();
      const { id } = await scim.createUser({ userName: "ada", displayName: "Ada Lovelace" });
      await page.getByText("Waiting for: first group").waitFor();
      await scim.createGroup({ displayName: "Engineering", members: [{ value: id }] });
      await scim.createGroup({ displayName: "Admins", members: [{ value: id }] });
      await page.getByText("It is connected.").waitFor();

      await page.reload();
      await page.getByText("it was shown once").waitFor();
      expect(await page.content()).not.toContain(bearerToken);
    });

    it("A3: a token is replaced, shown once more, and the old one revoked", async () => {
      await page.getByRole("button", { name: "Replace" }).click();
      await page.getByRole("button", { name: "Make a new token" }).click();
      const fresh = page.getByRole("dialog", { name: "The new token" });
      stage.ear.secret((await fresh.locator(".secret").textContent()) ?? "");
      await fresh.getByRole("button", { name: "I have copied it" }).click();
      await page.getByRole("button", { name: "Revoke" }).nth(1).waitFor();
      await page.getByRole("button", { name: "Revoke" }).last().click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();

      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Revoke" }).nth(1).waitFor({ state: "hidden" });
      expect(await page.getByRole("button", { name: "Revoke" }).count()).toBe(1);
    });

    it("SD16: the Users and Groups tabs show them", async () => {
      await page.goto(`${tenantUrl}/users`);
      await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
      await page.getByLabel("Search people").fill("nobody");
      await page.getByRole("heading", { name: "Nobody was found" }).waitFor();
      await page.getByLabel("Search people").fill("AD");
      await page.getByRole("link", { name: "Ada Lovelace" }).click();
      await page.getByRole("heading", { level: 1, name: "Ada Lovelace" }).waitFor();
      await page.getByText("user.create").waitFor();
      await page.getByRole("link", { name: "Engineering" }).click();
      await page.getByText("1 member").waitFor();
    });

    it("SD14: an app is connected, and groups are mapped to its roles, in an order that the keyboard changes", async () => {
      await page.goto(`${tenantUrl}/connections`);
      await page.getByRole("button", { name: "Connect an app" }).click();
      await page.getByLabel("Base URL").fill("https://ledger.example/scim");
      await page.getByLabel("Token", { exact: true }).fill(stage.ear.secret(`downstream-${uuidV7()}`));
      await page.getByRole("button", { name: "Connect", exact: true }).click();

      await page.getByLabel("Everybody in the directory").check();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved. Accounts follow.").waitFor();

      await page.getByRole("tab", { name: "Groups to roles" }).click();
      for (const [place, group, role] of [
        [1, "Engineering", "Viewer"],
        [2, "Admins", "Administrator"],
      ] as const) {
        await page.getByRole("button", { name: "Add a rule" }).click();
        await page.getByRole("combobox", { name: `Group of rule ${place}` }).fill(group);
        await page.getByRole("combobox", { name: `Role of rule ${place}` }).click();
        await page.getByRole("option", { name: role }).click();
      }
      await page.getByLabel("Move rule 2 up").focus();
      await page.keyboard.press("Enter");
      await page.getByText("Rule for Admins is now number 1 of 2").waitFor({ state: "attached" });
      expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("Move rule 1 down");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved. Roles follow").waitFor();

      const connectionId = new URL(page.url()).pathname.split("/")[2];
      const { body } = await stage.admin.get(`/connections/${connectionId}/rules`);
      expect(body["rules"]).toEqual([
        { group: expect.objectContaining({ displayName: "Admins", bound: true }), role: "administrator" },
        { group: expect.objectContaining({ displayName: "Engineering", bound: true }), role: "viewer" },
      ]);
      expect(complaints).toEqual([]);
    });
  });

  describe("people who do not mean well, and screens for everybody", () => {
    const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}\u202e=cmd|' /C`;
    let tenant: Tenant;
    let ids: Record<string, string>;
    beforeAll(async () => {
      tenant = await stage.newTenant({ name: HOSTILE });
      ids = await fillTenant(stage, tenant, HOSTILE);
    });

    const screens = (): Record<string, string> => ({
      overview: "/",
      apps: "/apps",
      tenants: "/tenants",
      directories: `/tenants/${tenant.id}/provisioning`,
      directory: `/tenants/${tenant.id}/directories/${tenant.directoryId}`,
      people: `/tenants/${tenant.id}/users`,
      person: `/tenants/${tenant.id}/users/${ids["user"]}`,
      groups: `/tenants/${tenant.id}/groups`,
      group: `/tenants/${tenant.id}/groups/${ids["group"]}`,
      connections: `/tenants/${tenant.id}/connections`,
      status: `/connections/${ids["connection"]}`,
      access: `/connections/${ids["connection"]}/access`,
      roles: `/connections/${ids["connection"]}/roles`,
      history: `/connections/${ids["connection"]}/history`,
      "held removals": `/connections/${ids["connection"]}/held`,
      attributes: `/connections/${ids["connection"]}/attributes`,
      conflicts: `/connections/${ids["connection"]}/conflicts`,
      activity: `/tenants/${tenant.id}/activity`,
      "a trace of nothing": `/tenants/${tenant.id}/traces/${"0".repeat(32)}`,
      settings: `/connections/${ids["connection"]}/settings`,
      attempts: `/connections/${ids["connection"]}/attempts`,
      "what is not there": `/tenants/${uuidV7()}`,
      "no page": "/nothing/of/the/sort/at/all",
    });

    it("U4, V83: every screen has nothing for axe to find in either colours, fits a phone, and shows names as text", async () => {
      const { page, complaints } = await open();
      const tooWide: string[] = [];
      for (const [name, target] of Object.entries(screens())) {
        await goTo(page, target);
        await expectAccessible(page, name);
        await page.setViewportSize({ width: 390, height: 900 });
        if (!(await fits(page))) tooWide.push(name);
        await page.setViewportSize({ width: 1280, height: 900 });
      }
      await goTo(page, `/tenants/${tenant.id}/users/${ids["user"]}`);

      expect(tooWide).toEqual([]);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(HOSTILE);
      expect(complaints).toEqual([]);
    });

    it("U4: so have the dialogs", async () => {
      const { page, complaints } = await open();
      for (const [target, button] of [
        ["/apps", "New app"],
        ["/tenants", "New tenant"],
        [`/tenants/${tenant.id}/connections`, "Connect an app"],
        [`/tenants/${tenant.id}/directories/${tenant.directoryId}`, "Replace"],
        [`/connections/${ids["connection"]}/history`, "What changed in version 2"],
        [`/connections/${ids["connection"]}/history`, "Restore version 1"],
        [`/tenants/${tenant.id}/users/${ids["user"]}`, "Why?"],
        [`/tenants/${tenant.id}/users/${ids["user"]}`, "Timeline"],
        [`/tenants/${tenant.id}/activity`, "GET /Users"],
        [`/connections/${ids["connection"]}/conflicts`, "It is theirs"],
        [`/connections/${ids["connection"]}`, "Only some"],
        [`/connections/${ids["connection"]}/settings`, "Replace"],
        [`/connections/${ids["connection"]}/settings`, "Disconnect"],
        [`/connections/${ids["connection"]}/held`, "Approve the removal"],
        [`/connections/${ids["connection"]}/attempts`, "Show create in full"],
      ] as const) {
        await goTo(page, target);
        await page.getByRole("button", { name: button }).first().click();
        await page.getByRole("dialog").waitFor();
        await expectAccessible(page, button);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
      }

      expect(complaints).toEqual([]);
    });

    it("rules that a script wrote are shown, moved, and saved as they were", async () => {
      const { page } = await open();
      const rules = async () =>
        (await stage.admin.get(`/connections/${ids["connection"]}/rules`)).body["rules"] as unknown[];
      const before = await rules();
      await goTo(page, `/connections/${ids["connection"]}/roles`);
      await page.getByLabel("Condition of rule 3").waitFor();
      await page.getByLabel("Move rule 3 up").click();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved. Roles follow").waitFor();

      expect(await rules()).toEqual([before[0], before[2], before[1]]);
    });

    it("a held removal is shown with its names, and rejected", async () => {
      const { page } = await open();
      await goTo(page, `/connections/${ids["connection"]}/held`);
      await page.getByRole("button", { name: "Who they are" }).click();
      await page
        .getByRole("link", { name: /img src/ })
        .last()
        .waitFor();
      await page.getByRole("button", { name: "Reject" }).click();
      await page.getByRole("button", { name: "Let them keep access" }).click();
      await page.getByText("Rejected: they keep access").waitFor();

      const { body } = await stage.admin.get(`/connections/${ids["connection"]}/holds`);
      expect(body.items.map((hold) => hold["state"])).toEqual(["rejected"]);
    });
  });

  it("D09: signing out leads to the door, and so does a session that is over", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key", { exact: true }).waitFor();
    await expectAccessible(page, "the door");
    await page.getByLabel("API key", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This is not an API key of this gateway").waitFor();

    await signIn(page, stage.apiKey);
    await stage.ledger.query("update sessions set expires_at = now()");
    await page.getByRole("link", { name: "Tenants" }).click();
    await page.getByLabel("API key", { exact: true }).waitFor();
  });
});
