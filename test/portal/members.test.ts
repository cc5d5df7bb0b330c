import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type IdentityServer, startIdentityServer } from "../e2e/identity-server.ts";
import { openStage, type Stage, type Tenant } from "../e2e/stage.ts";
import { openWorkshop } from "../e2e/workshop.ts";
import { describeWithChromium, expectAccessible, fits, goTo, openBrowser, openPage, type Watched } from "./browser.ts";

const ADA = { sub: "ada", email: "ada@acme.example", email_verified: true, name: "Ada Lovelace" };

describeWithChromium("D08, D11, M6: people of the app owner sign in at their identity provider", () => {
  let idp: IdentityServer;
  let stage: Stage;
  let browser: Browser;
  let owner: Watched;
  let tenant: Tenant;
  let connectionId: string;
  let told = "";
  beforeAll(async () => {
    idp = await startIdentityServer();
    stage = await openStage({ signIn: { ...idp.settings, allowedDomains: [] } });
    tenant = await stage.newTenant();
    ({ connectionId } = await (await openWorkshop(stage)).connect(tenant));
    browser = await openBrowser();
    owner = await openPage(browser, stage.localUrl);
    await owner.page.goto("/");
    await owner.page.getByLabel("API key", { exact: true }).fill(stage.apiKey);
    await owner.page.getByRole("button", { name: "Sign in with the key" }).click();
    await heading(owner.page, "Overview");
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
    await idp.close();
  });

  const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
  const toProvider = (page: Page) => page.getByRole("button", { name: "Sign in with Acme SSO" }).click();

  /** Answers the address that is to be told. */
  async function invite(email: string, role: string): Promise<string> {
    const { page } = owner;
    await goTo(page, "/members");
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByRole("radio", { name: role }).check();
    await expectAccessible(page, "inviting");
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await page.getByRole("dialog", { name: "Invited" }).waitFor();
    await expectAccessible(page, "invited");
    const address = await page.getByRole("dialog", { name: "Invited" }).locator(".secret").innerText();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("cell", { name: email, exact: true }).waitFor();
    return address;
  }

  it("says why somebody is not let in, once", async () => {
    const { page, complaints } = await openPage(browser, stage.localUrl);
    idp.person({ ...ADA, sub: "eve", email: "eve@acme.example" });
    await page.goto("/");
    await expectAccessible(page, "signing in");
    await toProvider(page);
    await page.getByText("You are not a member here").waitFor();
    await expectAccessible(page, "not a member");
    const address = page.url();
    await page.reload();
    await page.getByRole("button", { name: "Sign in with Acme SSO" }).waitFor();

    expect(address).toBe(`${stage.localUrl}/`);
    expect(await page.getByText("You are not a member here").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("invites, lets in where somebody wanted to go, and shows and allows what the role is for", async () => {
    await goTo(owner.page, "/members");
    await owner.page.getByText("No members yet").waitFor();
    await expectAccessible(owner.page, "no members");
    told = await invite(ADA.email, "Auditor");
    idp.person(ADA);
    const { page, complaints } = await openPage(browser, stage.localUrl);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`/connections/${connectionId}`);
    await toProvider(page);
    await page.getByRole("button", { name: "Pause" }).waitFor();
    const place = page.url();
    await expectAccessible(page, "an auditor at a connection");
    const pause = page.getByRole("button", { name: "Pause" });

    expect(place).toBe(`${stage.localUrl}/connections/${connectionId}`);
    expect(await pause.isDisabled()).toBe(true);
    expect(await pause.getAttribute("title")).toBe("Your role, auditor, does not allow this");
    await page.getByRole("note").getByText("Your role is auditor").waitFor();
    expect(await fits(page)).toBe(true);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByText("Ada Lovelace, auditor").waitFor();
    await goTo(page, "/members");
    await page.getByRole("cell", { name: "Ada Lovelace (you)" }).waitFor();
    await expectAccessible(page, "members for an auditor");
    expect(await page.getByRole("button", { name: "Invite somebody" }).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: `Remove ${ADA.email}` }).isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("lets in to the workspace whose address was opened, and to no other", async () => {
    const { page } = await openPage(browser, stage.localUrl);
    idp.person(ADA);
    await page.goto("/?workspace=018f7f6a-1c00-7000-8000-000000000009");
    await toProvider(page);
    await page.getByText("You are not a member here").waitFor();
    await page.goto(told);
    await toProvider(page);
    await heading(page, "Overview");

    expect(told).toMatch(/\/\?workspace=[0-9a-f-]{36}$/);
  });

  it("another role and a removal reach an open page", async () => {
    const { page, complaints } = await openPage(browser, stage.localUrl);
    idp.person(ADA);
    await page.goto("/tenants");
    await toProvider(page);
    await heading(page, "Tenants");
    const office = owner.page;
    await goTo(office, "/members");
    await office.getByRole("button", { name: `Change role of ${ADA.email}` }).click();
    await office.getByRole("radio", { name: "Owner" }).check();
    await expectAccessible(office, "another role");
    await office.getByRole("button", { name: "Save" }).click();
    await office.getByRole("cell", { name: "Owner", exact: true }).waitFor();
    await goTo(page, "/apps").catch(() => undefined);
    await heading(page, "Sign in");
    await toProvider(page);
    await heading(page, "Apps");
    await page.getByRole("button", { name: "New app" }).first().waitFor();
    await stage.ledger.query(
      "insert into audit (tenant_id, id, actor, action, target) select $1::uuid, gen_random_uuid(), 'member:' || id, 'tenant.rename', $1::text from members where role = 'owner'",
      [tenant.id],
    );
    const remove = office.getByRole("button", { name: `Remove ${ADA.email}` });
    await remove.click();
    await office.getByRole("button", { name: "Remove", exact: true }).click();
    await office.getByText("This is the last owner").waitFor();
    await expectAccessible(office, "the last owner");
    await office.getByRole("button", { name: "Cancel" }).click();
    await stage.ledger.query("update members set role = 'admin'", []);
    await remove.click();
    await office.getByRole("button", { name: "Remove", exact: true }).click();
    await office.getByText("No members yet").waitFor();
    await office.getByRole("switch", { name: "Show who was removed" }).click();
    await office.getByRole("cell", { name: "Ada Lovelace" }).waitFor();
    await expectAccessible(office, "who was removed");
    await goTo(office, `/tenants/${tenant.id}/activity`);
    await office.getByText("Audit", { exact: true }).click();
    await office.getByRole("cell", { name: "Ada Lovelace" }).waitFor();
    await page.getByRole("link", { name: "Tenants" }).click();
    await heading(page, "Sign in");

    expect([...complaints, ...owner.complaints]).toEqual([]);
  });

  it("says so when the identity provider is down, and lets a key in", async () => {
    // Nobody listens there.
    const signIn = { ...idp.settings, issuer: "http://127.0.0.1:9", allowedDomains: [] };
    const dark = await openStage({ signIn });
    const { page } = await openPage(browser, dark.localUrl);
    await page.goto("/");
    await toProvider(page);
    await page.getByText("does not answer as it should").waitFor();
    await expectAccessible(page, "the provider is down");
    await page.getByLabel("API key", { exact: true }).fill(dark.apiKey);
    await page.keyboard.press("Enter");
    await heading(page, "Overview");
    await dark.close();
  });
});
