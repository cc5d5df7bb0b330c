import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWithChromium, expectAccessible, goTo } from "./browser.ts";
import { openPortalScene, type PortalScene } from "./portal-scene.ts";

const LEVEL = "urn:ietf:params:scim:schemas:extension:acme:2.0:User:level";

describeWithChromium("editing what decides accounts, in a browser with a worker behind it", () => {
  let scene: PortalScene;
  beforeAll(async () => {
    scene = await openPortalScene();
  });
  afterAll(() => scene.close());

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
    const { at, ana } = await scene.newScene("rules");
    const { page, complaints } = await scene.open(`${at}/roles`);
    const preview = page.getByRole("region", { name: "What this changes" });
    await preview.getByText("Change something").waitFor();

    await addRule(page, 1, "Group", "Lead", "viewer");
    await addRule(page, 2, "Groups that begin with", "le", "admin");
    await preview.getByText("1 person gets other roles").waitFor();
    await preview.getByText("no role → viewer").waitFor();
    await page.locator(".grip").nth(1).dragTo(page.locator(".grip").first());
    await preview.getByText("no role → admin").waitFor();
    await expectAccessible(page, "a preview");
    const before = (await scene.stage.admin.get(`${at}/accounts?userName=rules-ana`)).body.items[0]?.["roles"];
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved. Roles follow").waitFor();
    await page.getByText("Fits 1 group now.").waitFor();

    expect(before).toEqual([]);
    expect((await scene.stage.admin.get(`${at}/rules`)).body["rules"]).toMatchObject([
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

    expect((await scene.stage.admin.get(`${at}/rules`)).body["rules"]).toEqual([]);
    expect(ana.userName).toBe("rules-ana");
    expect(complaints).toEqual([]);
  });

  it("X19: says what is tried out and on whom, with what promoting it changes, and promotes or drops it", async () => {
    const { at, ana } = await scene.newScene("tried");
    const rulesOf = (defaultRole: string) => ({ rules: { precedence: "first", defaultRole, rules: [] } });
    const start = (role: string) =>
      scene.stage.admin.post(`${at}/rollout`, { proposed: rulesOf(role), people: [{ id: ana.id }] });
    await start("viewer");
    const { page, complaints } = await scene.open(`${at}/history`);
    const card = page.getByRole("region", { name: "Trying out" });

    await card.getByText("on 1 person").waitFor();
    await card.getByText("tried-ana").waitFor();
    await page.getByText("for some people only").waitFor();
    await expectAccessible(page, "an edit that is tried out");
    await card.getByRole("button", { name: "Drop it" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Drop it" }).click();
    await page.getByText("Version 3 dropped").waitFor();
    const dropped = await scene.stage.admin.get(`${at}/rollout`);

    await start("admin");
    await page.reload();
    await card.getByRole("button", { name: "Promote to everybody" }).click();
    await page.getByRole("dialog").getByText("rules.defaultRole").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Promote it" }).click();
    await page.getByText("Version 5 promoted to everybody").waitFor();

    expect(dropped.body).toEqual({});
    expect((await scene.stage.admin.get(`${at}/rules`)).body["defaultRole"]).toBe("admin");
    expect(complaints).toEqual([]);
  });

  it("G12: an edit that would be refused says why before it is saved, and one that takes much that it waits", async () => {
    const { at, tenant } = await scene.newScene("crowd");
    await Promise.all(Array.from({ length: 22 }, (_, place) => tenant.scim.createUser({ userName: `crowd-${place}` })));
    await scene.stage.admin.put(`${at}/lockout-guard`, { people: [{ userName: "crowd-ben" }], roles: [] });
    const { page } = await scene.open(`${at}/access`);
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

  it("E1, E3, G12: attributes are mapped with errors at their row, one person's user as it would be sent, and whom it changes", async () => {
    const { at } = await scene.newScene("map");
    const { page, complaints } = await scene.open(`${at}/attributes`);
    const sent = page.getByRole("region", { name: "What would be sent" });
    const changes = page.getByRole("region", { name: "What this changes" });
    await sent.getByText('"userName": "map-').waitFor();
    await page.getByRole("combobox", { name: "Person" }).fill("map-an");
    await page.getByRole("option", { name: "map-ana" }).click();
    await sent.getByText('"=HYPERLINK(1)"').waitFor();

    await page.getByRole("button", { name: "Add a row" }).click();
    const last = await page.getByLabel(/^Expression of row/).count();
    await page.getByRole("combobox", { name: `Place of row ${last}` }).fill(LEVEL);
    await page.getByLabel(`Expression of row ${last}`).fill("user.title.");
    await page
      .getByText(/User:level\).*/)
      .first()
      .waitFor();
    await expectAccessible(page, "an error at its row");
    await page.getByRole("button", { name: `Options of row ${last}` }).click();
    await page.getByRole("combobox", { name: `Language of row ${last}` }).click();
    await page.getByRole("option", { name: "Entra ID" }).click();
    await page.getByLabel(`Expression of row ${last}`).fill('Switch([jobTitle], "Other", "Lead", "Boss")');
    await page.getByLabel("A value that went away stays in the app").last().check();
    await sent.getByText('"level": "Other"').waitFor();
    await changes.getByText("2 people get other attributes").waitFor();
    await expectAccessible(page, "a mapping");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved. Accounts follow.").waitFor();

    const { body } = await scene.stage.admin.get(`${at}/mapping`);
    expect(body).toMatchObject({ source: "connection" });
    expect((body["rows"] as unknown[]).at(-1)).toMatchObject({ target: LEVEL, doNotClear: true });
    await page.getByRole("button", { name: "Take these rows away" }).click();
    await page.getByRole("dialog").getByText("get other attributes").waitFor();
    await expectAccessible(page, "taking rows away");
    await page.getByRole("button", { name: "Take them away" }).click();
    await page.getByText("Nothing was set: the usual attributes").waitFor();
    expect(complaints).toEqual([]);
  });

  it("F7, X9, V35: who is never locked out, which groups are pushed and roles by hand are set by people who see what they set", async () => {
    const { tenant, at, ana } = await scene.newScene("hand");
    await scene.stage.admin.put(`${at}/rules`, { manualRoles: "editable", precedence: "all", rules: [] });
    const { page, complaints } = await scene.open(`${at}/settings`);

    const guard = page.getByRole("region", { name: "Never locked out" });
    await guard.getByRole("combobox", { name: "Protect somebody" }).fill("hand-an");
    await page.getByRole("option", { name: "hand-ana" }).click();
    await guard.getByLabel("Protect hand-ana no more").waitFor();
    await guard.getByRole("combobox", { name: "Protected roles" }).click();
    await page.getByRole("option", { name: "admin" }).click();
    await page.keyboard.press("Escape");
    await guard.getByRole("button", { name: "Save who is protected" }).click();
    await guard.getByText("Saved.").waitFor();

    await page.getByRole("combobox", { name: "Groups that are pushed to the app" }).click();
    await page.getByRole("option", { name: "those that are chosen here" }).click();
    await page.getByRole("combobox", { name: "Groups to push" }).fill("St");
    await page.getByRole("option", { name: "Staff" }).click();
    await page.getByLabel("Push Staff no more").waitFor();
    await page.keyboard.press("Escape");
    await expectAccessible(page, "settings that are edited");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved.", { exact: true }).first().waitFor();

    await goTo(page, `/tenants/${tenant.id}/users/${ana.id}`);
    await page.getByRole("button", { name: "Roles by hand" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "admin" }).click();
    await page.getByRole("option", { name: "given by hand" }).click();
    await dialog.getByRole("button", { name: "Save roles" }).click();
    await dialog.getByText("Saved. The account follows.").waitFor();
    await expectAccessible(page, "roles by hand");

    const [lockout, connection, roles] = [
      await scene.stage.admin.get(`${at}/lockout-guard`),
      await scene.stage.admin.get(at),
      await scene.stage.admin.get(`${at}/accounts/${ana.id}/roles`),
    ];
    expect(lockout.body).toEqual({ people: [{ id: ana.id, userName: "hand-ana" }], roles: ["admin"] });
    expect(connection.body["settings"]).toMatchObject({ groups: { mode: "chosen", chosen: [expect.any(String)] } });
    expect(roles.body["roles"]).toMatchObject([{ role: "admin", effect: "grant" }]);
    expect(complaints).toEqual([]);
  });

  describe("the forms of the other kinds of target", () => {
    let page: Page;
    let complaints: string[];
    beforeAll(async () => {
      // Before the page, which asks for the apps once.
      await scene.stage.admin.post("/apps", { name: "Any", roles: [] });
      ({ page, complaints } = await scene.open("/"));
    });

    it.each<[ids: string, name: string, fill: Record<string, string>, chosen: Record<string, string>, saved: object]>([
      [
        "H11",
        "Signed webhook",
        { Address: "https://hooks.example/in", "Signing secret": `whsec_${"A".repeat(43)}=` },
        { "What counts as done": "An answer with the account" },
        { kind: "webhook", auth: { scheme: "signature" }, options: { acknowledgement: "account" } },
      ],
      [
        "H10",
        "REST API by templates",
        { "Base URL": "https://rest.example/v3", "User name": "muster", Password: "planted-password" },
        { "Sign-in": "User name and password" },
        { kind: "rest", auth: { scheme: "basic" }, options: { operations: { deactivate: "update" } } },
      ],
      [
        "H8",
        "Any SCIM 1.1 app",
        {
          "Base URL": "https://old.example/scim/v1",
          "Token URL": "https://old.example/token",
          "Client id": "muster",
          "Client secret": "planted-secret",
        },
        { "Sign-in": "OAuth: client id and secret" },
        { kind: "scim1", auth: { scheme: "oauthClientCredentials" } },
      ],
      [
        "SA27, SA28",
        "JumpCloud (directory API)",
        { "API key": "planted-key", "Organization id": "5f0123456789abcdef012345" },
        {},
        {
          kind: "jumpcloud",
          baseUrl: "https://console.jumpcloud.com/api",
          auth: { scheme: "header" },
          options: { organizationId: "5f0123456789abcdef012345" },
        },
      ],
    ])("%s: %s is asked for, saved, and shown without its secret", async (_, title, fill, chosen, saved) => {
      const tenant = await scene.stage.newTenant({ name: title });
      await goTo(page, `/tenants/${tenant.id}/connections`);
      await page.getByRole("button", { name: "Connect an app" }).click();
      const dialog = page.getByRole("dialog");
      const choose = async (label: string, option: string) => {
        await dialog.getByRole("combobox", { name: label }).click();
        await page.getByRole("option", { name: option, exact: true }).click();
      };
      await choose("App", "Any");
      await choose("What it is", title);
      for (const [label, option] of Object.entries(chosen)) await choose(label, option);
      for (const [label, text] of Object.entries(fill)) await dialog.getByLabel(label).fill(text);
      for (const button of await dialog.getByRole("button", { name: "Begin with an example" }).all()) {
        await expectAccessible(page, `the form of ${title}`);
        await button.click();
      }
      await dialog.getByRole("button", { name: "Connect", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "Any" }).waitFor();
      await page.getByRole("tab", { name: "Settings" }).click();
      await page.getByRole("button", { name: "Replace" }).waitFor();
      const connectionId = new URL(page.url()).pathname.split("/")[2] ?? "";

      const { body } = await scene.stage.admin.get(`/connections/${connectionId}`);
      expect(body["target"]).toMatchObject(saved);
      expect(await page.content()).not.toMatch(/planted-|AAAAAAAA/);
      expect(complaints).toEqual([]);
    });
  });
});
