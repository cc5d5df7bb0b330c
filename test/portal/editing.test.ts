import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, type Stage, type Tenant } from "../e2e/stage.ts";
import { openWorkshop, type Workshop } from "../e2e/workshop.ts";
import { buildPortal, describeWithChromium, expectAccessible, goTo, openBrowser, openPage, signIn } from "./browser.ts";

describeWithChromium("editing what decides accounts, in a browser with a worker behind it", () => {
  let stage: Stage;
  let shop: Workshop;
  let browser: Browser;
  beforeAll(async () => {
    buildPortal();
    stage = await openStage();
    shop = await openWorkshop(stage);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  async function open(at: string) {
    const watched = await openPage(browser, stage.localUrl);
    await signIn(watched.page, stage.apiKey);
    await goTo(watched.page, at);
    return watched;
  }

  /** A tenant whose Ana is in Staff and Lead, and whose Ben is in Staff alone, connected to an app with roles. */
  async function openScene(name: string) {
    const tenant: Tenant = await stage.newTenant({ name });
    const { connectionId } = await shop.connect(tenant);
    const ana = await tenant.scim.createUser({ userName: `${name}-ana`, title: "=HYPERLINK(1)" });
    const ben = await tenant.scim.createUser({ userName: `${name}-ben` });
    const groups = {
      staff: await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: ana.id }, { value: ben.id }] }),
      lead: await tenant.scim.createGroup({ displayName: "Lead", members: [{ value: ana.id }] }),
    };
    await shop.settled(connectionId);
    return { tenant, connectionId, ana, ben, groups, at: `/connections/${connectionId}` };
  }

  async function addRule(page: Page, place: number, kind: string, text: string, role: string): Promise<void> {
    await page.getByRole("button", { name: "Add a rule" }).click();
    if (kind !== "Group") {
      await page.getByRole("combobox", { name: `What rule ${place} is about` }).click();
      await page.getByRole("option", { name: kind }).click();
      await page.getByLabel(`Pattern of rule ${place}`).fill(text);
    } else await page.getByRole("combobox", { name: `Group of rule ${place}` }).fill(text);
    await page.getByRole("combobox", { name: `Role of rule ${place}` }).click();
    await page.getByRole("option", { name: role }).click();
  }

  it("SD14, G12: rules by group and pattern say who gains what before they are saved, and a version of before is restored", async () => {
    const { at, ana } = await openScene("rules");
    const { page, complaints } = await open(`${at}/roles`);
    const preview = page.getByRole("region", { name: "What this changes" });
    await preview.getByText("Change something").waitFor();

    await addRule(page, 1, "Group", "Lead", "viewer");
    await addRule(page, 2, "Groups that begin with", "le", "admin");
    await preview.getByText("1 person gets other roles").waitFor();
    await preview.getByText("no role → viewer").waitFor();
    await page.locator(".grip").nth(1).dragTo(page.locator(".grip").first());
    await preview.getByText("no role → admin").waitFor();
    await expectAccessible(page, "a preview");
    const before = (await stage.admin.get(`${at}/accounts?userName=rules-ana`)).body.items[0]?.["roles"];
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved. Roles follow").waitFor();
    await page.getByText("Fits 1 group now.").waitFor();

    expect(before).toEqual([]);
    expect((await stage.admin.get(`${at}/rules`)).body["rules"]).toMatchObject([
      { group: { prefix: "le" }, role: "admin" },
      { group: { displayName: "Lead", bound: true }, role: "viewer" },
    ]);

    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("button", { name: "What changed in version 3" }).click();
    await page.getByRole("dialog").getByText("rules.rules[0]").waitFor();
    await expectAccessible(page, "what changed");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Restore version 2" }).click();
    await page.getByRole("dialog").getByText("admin → no role").waitFor();
    await expectAccessible(page, "a restore");
    await page.getByRole("button", { name: "Restore it" }).click();
    await page.getByText("Version 2 restored").waitFor();

    expect((await stage.admin.get(`${at}/rules`)).body["rules"]).toEqual([]);
    expect(ana.userName).toBe("rules-ana");
    expect(complaints).toEqual([]);
  });

  it("G12: an edit that would be refused says why before it is saved, and one that takes much that it waits", async () => {
    const { at, tenant } = await openScene("crowd");
    await Promise.all(Array.from({ length: 22 }, (_, place) => tenant.scim.createUser({ userName: `crowd-${place}` })));
    await stage.admin.put(`${at}/lockout-guard`, { people: [{ userName: "crowd-ben" }], roles: [] });
    const { page } = await open(`${at}/access`);
    const preview = page.getByRole("region", { name: "What this changes" });

    await page.getByLabel("The members of these groups").check();
    await preview.getByText("This waits for approval").waitFor();
    await preview.getByText("24 people lose access").waitFor();
    await preview.getByText("and 19 more").waitFor();
    await preview.getByText("Never locked out: crowd-ben").waitFor();

    await page.getByRole("tab", { name: "Groups to roles" }).click();
    await addRule(page, 1, "Groups like", "*", "viewer");
    await page.getByRole("button", { name: "Add a condition" }).click();
    await page.getByLabel("Condition of rule 1").fill("user.userName ==");
    await preview.getByRole("alert").waitFor();
    await expectAccessible(page, "an edit that is refused");
  });
});
