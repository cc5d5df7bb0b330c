import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, type Stage, type Tenant } from "../e2e/stage.ts";
import { openWorkshop } from "../e2e/workshop.ts";
import {
  describeWithChromium,
  expectAccessible,
  fits,
  openBrowser,
  openPage,
  signIn,
  type Watched,
} from "./browser.ts";

describeWithChromium("A7, A8, D12: a tenant's administrator comes in by a link", () => {
  let stage: Stage;
  let browser: Browser;
  let owner: Watched;
  let tenant: Tenant;
  beforeAll(async () => {
    stage = await openStage();
    tenant = await stage.newTenant();
    await (await openWorkshop(stage)).connect(tenant);
    browser = await openBrowser();
    owner = await openPage(browser, stage.localUrl);
    await signIn(owner.page, stage.apiKey);
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  /** Makes a link as an app owner does, and reads what the dialog shows. */
  async function invite(purpose: string, lifetime?: string): Promise<{ url: string; secondCode: string | null }> {
    const { page } = owner;
    await page.goto(`/tenants/${tenant.id}/links`);
    await page.getByRole("button", { name: "New link" }).click();
    await page.getByRole("radio", { name: purpose }).check();
    if (lifetime !== undefined) {
      await page.getByRole("combobox", { name: "It must be used within" }).click();
      await page.getByRole("option", { name: lifetime }).click();
    }
    await expectAccessible(page, "making a link");
    await page.getByRole("button", { name: "Make the link" }).click();
    const dialog = page.getByRole("dialog", { name: "The link" });
    await dialog.waitFor();
    const [url = "", secondCode = null] = await dialog.locator(".secret").allTextContents();
    stage.ear.secret(url.split("#")[1]?.replace("+", "") ?? "");
    await expectAccessible(page, "the link");
    await page.getByRole("button", { name: "I have copied it" }).click();
    return { url, secondCode };
  }

  const comeIn = async (page: Page, url: string) => {
    await page.goto(url);
    await page.getByRole("heading", { level: 1, name: "Come in" }).waitFor();
  };

  it("sees one tenant, signs in once, and leaves no code in the address", async () => {
    const { url } = await invite("Everything of theirs");
    const guest = await openPage(browser, stage.localUrl);
    const asked: string[] = [];
    guest.page.on("request", (request) => asked.push(`${request.url()} ${JSON.stringify(request.headers())}`));
    await comeIn(guest.page, url);
    await expectAccessible(guest.page, "coming in");
    expect(guest.page.url()).toBe(`${stage.localUrl}/enter`);
    await guest.page.getByRole("button", { name: "Continue" }).click();
    await guest.page.getByRole("heading", { level: 1, name: "Acme" }).waitFor();
    await guest.page.getByRole("tab", { name: "Connections" }).waitFor();
    await expectAccessible(guest.page, "home of a guest");
    const places = await guest.page.getByRole("navigation", { name: "Main" }).getByRole("link").allInnerTexts();
    const late = await openPage(browser, stage.localUrl);
    await comeIn(late.page, url);
    await late.page.getByRole("button", { name: "Continue" }).click();
    await late.page.getByText("used already").waitFor();

    expect(places).toEqual(["Your organisation"]);
    expect(await guest.page.getByRole("tab", { name: "Links" }).count()).toBe(0);
    expect(asked.filter((line) => line.includes("mst_portal_"))).toEqual([]);
    expect([...guest.complaints, ...late.complaints]).toEqual([]);
  });

  it("needs the second code where the link lives for days, and for setting up sees no access", async () => {
    const { url, secondCode } = await invite("Connecting the directory", "a week, with a second code");
    const { page, complaints } = await openPage(browser, stage.localUrl);
    await page.setViewportSize({ width: 360, height: 740 });
    await comeIn(page, url);
    await page.getByLabel("Second code").fill(secondCode === "00000000" ? "11111111" : "00000000");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("this is not it").waitFor();
    await page.getByLabel("Second code").fill(secondCode ?? "");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("tab", { name: "SCIM Provisioning" }).waitFor();

    expect(await page.getByRole("tab").allInnerTexts()).toEqual(["SCIM Provisioning", "Users", "Groups"]);
    expect(await fits(page)).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("is signed out when the link is ended", async () => {
    const { url } = await invite("Looking");
    const guest = await openPage(browser, stage.localUrl);
    await comeIn(guest.page, url);
    await guest.page.getByRole("button", { name: "Continue" }).click();
    await guest.page.getByRole("heading", { level: 1, name: "Acme" }).waitFor();
    const { page } = owner;
    // By name: until the list is read anew, another link is the first.
    const { items } = (await stage.admin.get(`/tenants/${tenant.id}/portal-links`)).body as { items: { id: string }[] };
    await page.getByRole("button", { name: `End ${items[0]?.id}` }).click();
    await expectAccessible(page, "ending a link");
    await page.getByRole("button", { name: "End it" }).click();
    await page.getByRole("button", { name: "End it" }).waitFor({ state: "hidden" });
    // It may have noticed by itself.
    await guest.page.reload();
    await guest.page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();

    expect([...owner.complaints, ...guest.complaints]).toEqual([]);
  });
});
