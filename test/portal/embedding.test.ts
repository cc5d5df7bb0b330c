import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, type Stage, type Tenant } from "../e2e/stage.ts";
import { describeWithChromium, expectAccessible, openBrowser, openPage, signIn } from "./browser.ts";

describeWithChromium("A8: the app owner's look, and the portal in their own product", () => {
  let stage: Stage;
  let browser: Browser;
  let tenant: Tenant;
  /** A page of somebody, with a frame in it. */
  let around: Server;
  let framed = "";
  const port = () => (around.address() as AddressInfo).port;
  /** To the gateway, which is at 127.0.0.1, another site. */
  const ours = () => `http://localhost:${port()}`;
  const theirs = () => `http://127.0.0.1:${port()}`;
  beforeAll(async () => {
    stage = await openStage();
    tenant = await stage.newTenant();
    around = createServer((_, res) => {
      res.setHeader("Content-Type", "text/html");
      res.end(
        `<!doctype html><title>Product</title><h1>Product</h1><iframe width=1100 height=700 src="${framed}"></iframe>`,
      );
    });
    await new Promise<void>((resolve) => around.listen(0, resolve));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => around.close(resolve));
    await stage.close();
  });

  const link = async (body: object) => {
    const made = (await stage.admin.postSecret(`/tenants/${tenant.id}/portal-links`, body)) as unknown as {
      url: string;
    };
    stage.ear.secret(made.url.split("#")[1] ?? "");
    return made.url;
  };

  it("is set by the app owner, seen by whoever has a link, and can be read in both colours", async () => {
    const owner = await openPage(browser, stage.localUrl);
    await signIn(owner.page, stage.apiKey);
    await owner.page.getByRole("link", { name: "Branding" }).click();
    await owner.page.getByLabel("Name").fill("<b>Ledger</b>");
    await owner.page.getByLabel("Colour", { exact: true }).fill("#ffe066");
    await owner.page.getByLabel("Origins that may frame").fill(ours());
    const buffer = await owner.page.getByRole("heading", { name: "Branding" }).screenshot();
    await owner.page.locator('input[type="file"]').setInputFiles({ name: "logo.png", mimeType: "image/png", buffer });
    await expectAccessible(owner.page, "branding");
    await owner.page.getByRole("button", { name: "Save" }).click();
    await owner.page.getByText("Saved.").waitFor();

    const guest = await openPage(browser, stage.localUrl);
    await guest.page.goto(await link({}));
    await guest.page.getByText("<b>Ledger</b>").waitFor();
    await guest.page.locator("img.logo").waitFor();
    await expectAccessible(guest.page, "coming in to a branded portal");
    await guest.page.getByRole("button", { name: "Continue" }).click();
    await guest.page.getByRole("heading", { level: 1, name: "Acme" }).waitFor();
    await guest.page.locator("header img.logo").waitFor();
    await expectAccessible(guest.page, "a branded portal");

    expect(await guest.page.title()).toContain("<b>Ledger</b>");
    expect([...owner.complaints, ...guest.complaints]).toEqual([]);
  });

  it("D17, V82: works in a frame of an origin that may, without a cookie, and is refused in any other", async () => {
    await stage.admin.send("PATCH", "/branding", { embedOrigins: [ours()] });
    framed = await link({ embedIn: ours(), rights: "manage" });
    const { page, complaints } = await openPage(browser, stage.localUrl);
    await page.goto(ours());
    const frame = page.frameLocator("iframe");
    await frame.getByRole("heading", { level: 1, name: "Acme" }).waitFor();
    await frame.getByRole("tab", { name: "Users" }).click();
    await frame
      .getByText("Nobody")
      .first()
      .or(frame.getByRole("heading", { level: 2 }).first())
      .waitFor();
    const cookies = await page.context().cookies();
    const inFrame = page.frames().map((one) => one.url());

    expect(cookies).toEqual([]);
    expect(inFrame.filter((url) => url.includes("mst_portal_"))).toEqual([]);
    expect(inFrame[1]).toMatch(/\/embed\/[0-9A-Za-z]{12}\/tenants\//);
    expect(complaints).toEqual([]);

    framed = await link({ embedIn: ours(), rights: "manage" });
    const stranger = await openPage(browser, stage.localUrl);
    const refusal = stranger.page.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
    await stranger.page.goto(theirs());
    await refusal;
    expect(await stranger.page.frameLocator("iframe").getByRole("heading").count()).toBe(0);

    framed = `${stage.localUrl}/`;
    const console = stranger.page.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
    await stranger.page.goto(ours());
    await console;
  });
});
