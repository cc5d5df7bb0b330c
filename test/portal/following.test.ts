import { readFileSync } from "node:fs";
import { waitFor } from "@muster/testkit";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWithChromium, expectAccessible, goTo } from "./browser.ts";
import { openPortalScene, type PortalScene } from "./portal-scene.ts";

describeWithChromium("following what became of somebody, in a browser with a worker behind it", () => {
  let scene: PortalScene;
  beforeAll(async () => {
    scene = await openPortalScene();
  });
  afterAll(() => scene.close());

  async function downloaded(page: Page, button: string): Promise<string> {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    return readFileSync(await (await waiting).path(), "utf8");
  }

  it("K3, C4: a person's page says why they have what they have, provisions them now, and follows a change to the app", async () => {
    const { tenant, at, ana } = await scene.newScene("why");
    const rules = [
      { group: { displayName: "Lead" }, role: "admin" },
      { group: { displayName: "Nobody" }, role: "viewer" },
    ];
    await scene.stage.admin.put(`${at}/rules`, { precedence: "first", rules });
    const { page, complaints } = await scene.open(`/tenants/${tenant.id}/users/${ana.id}`);

    await page.getByRole("button", { name: "Why?" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Should have an account that gives access").waitFor();
    await dialog.getByText("by rule 1").waitFor();
    await dialog.getByText("there is no such group").waitFor();
    await expectAccessible(page, "why");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Provision now" }).click();
    await dialog.getByText("What came of it").waitFor();
    await expectAccessible(page, "provisioned now");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Timeline" }).click();
    await dialog.getByText("create · applied").waitFor();
    await expectAccessible(page, "a timeline");
    await dialog
      .getByRole("link", { name: /^Trace/ })
      .last()
      .click();
    await page.getByRole("heading", { name: "One change, followed" }).waitFor();
    await page.getByRole("button", { name: "POST /Users" }).waitFor();
    await page.getByRole("button", { name: "Show create in full" }).first().click();
    await page.getByRole("dialog").getByText("Sent", { exact: true }).first().waitFor();
    await expectAccessible(page, "an attempt of a trace");
    expect(complaints).toEqual([]);
  });

  it("G8: an account that may be somebody's is decided about", async () => {
    const app = await scene.shop.startApp();
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    const theirs = app.putUserByHand({ schemas, userName: "adopt-ana" });
    const { at } = await scene.newScene("adopt", { app, settings: { adoption: { foreign: "ask" } } });
    const { page, complaints } = await scene.open(`${at}/conflicts`);

    await goTo(page, at);
    await page.getByText("Waits for a decision: 1.").waitFor();
    await page.getByRole("link", { name: "Conflicts" }).click();
    await page.getByRole("button", { name: "It is theirs" }).click();
    await page.getByRole("dialog", { name: "Link this account" }).waitFor();
    await expectAccessible(page, "a conflict to decide");
    await page.getByRole("button", { name: "Link it" }).click();
    await page.getByText("Nothing to decide").waitFor();
    await waitFor(() => app.user("adopt-ana")?.externalId !== undefined, {
      timeoutMs: 30_000,
      what: "the account to be linked",
    });

    expect(app.users().filter(({ userName }) => userName === "adopt-ana")).toMatchObject([{ id: theirs.id }]);
    expect(complaints).toEqual([]);
  });

  it("D6: which steps wait for approval is chosen among the settings, and who waits is seen with what it changes", async () => {
    const { tenant, at } = await scene.newScene("ask");
    const { page, complaints } = await scene.open(`${at}/held`);
    await page.getByText("This connection asks before no step.").waitFor();
    await page.getByRole("link", { name: "settings" }).click();
    await page.getByLabel("Ending access").check();
    await page.getByText("Leavers keep their access to this app until").waitFor();
    await page.getByLabel("Ending access").uncheck();
    await page.getByLabel("Giving access").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved.", { exact: true }).first().waitFor();
    for (const name of ["chen", "dora", "emil"]) await tenant.scim.createUser({ userName: `ask-${name}` });

    await goTo(page, at);
    await page.getByText("Waits for approval: 3.").waitFor();
    await page.getByRole("link", { name: "Approvals" }).click();
    const row = (name: string) => page.getByRole("row").filter({ hasText: `ask-${name}` });
    await row("chen").getByText("Gets access").waitFor();
    await row("chen").getByText("userName: nothing → ask-chen").waitFor();
    await row("chen")
      .getByRole("button", { name: /^and \d+ more$/ })
      .click();
    await page.getByRole("cell", { name: "externalId", exact: true }).waitFor();

    expect(complaints).toEqual([]);
  });

  it("K1, V84: what happened is narrowed, opened and taken home, and no cell of it is a formula", async () => {
    const { tenant, at } = await scene.newScene("log");
    await scene.stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: true, days: 30 });
    await tenant.scim.createUser({ userName: "=cmd|' /C calc'!A0" });
    const refused = await tenant.scim.post("/Users", { userName: "log-ana" });
    const { page, complaints } = await scene.open(`/tenants/${tenant.id}/activity`);

    await page.getByRole("button", { name: "POST /Users" }).first().waitFor();
    await page.getByRole("combobox", { name: "Answers" }).click();
    await page.getByRole("option", { name: "Refused (4xx)" }).click();
    await page.getByRole("button", { name: "POST /Groups" }).first().waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "POST /Users" }).click();
    await page.getByRole("dialog").getByText("uniqueness").first().waitFor();
    await expectAccessible(page, "a request");
    await page.keyboard.press("Escape");
    const requests = JSON.parse(await downloaded(page, "Export JSON")) as unknown[];
    await page.getByText("Audit", { exact: true }).click();
    await page.getByText("user.create").first().waitFor();
    await expectAccessible(page, "audit");
    await page.getByText("Events", { exact: true }).click();
    await page.getByText("user.created").first().waitFor();
    await expectAccessible(page, "events");
    await goTo(page, `/tenants/${tenant.id}/users`);
    await page.getByRole("link", { name: /=cmd/ }).waitFor();
    const people = await downloaded(page, "Export CSV");
    await goTo(page, at);
    const accounts = await downloaded(page, "Export CSV");

    expect(refused.status).toBe(409);
    expect(requests).toMatchObject([{ method: "POST", status: 409 }]);
    expect(people).toContain(`"'=cmd|' /C calc'!A0"`);
    expect(accounts).toContain('"log-ana"');
    expect(complaints).toEqual([]);
  });

  it("I5: what failed since a time is tried again, by its kind", async () => {
    const { tenant, at, ana } = await scene.newScene("redrive");
    await scene.stage.ledger.query(
      "update accounts set state = 'stopped', reason = 'planted' where tenant_id = $1 and user_id = $2",
      [tenant.id, ana.id],
    );
    const { page } = await scene.open(at);
    await page.getByRole("button", { name: "Only some" }).click();
    await page.getByLabel("The app refused it").uncheck();
    await expectAccessible(page, "a redrive");
    await page.getByRole("dialog").getByRole("button", { name: "Try again" }).click();
    await page.getByText("1 are tried again now.").waitFor();
  });

  it("H13, X11: what an app can do is tried, step by step, and what was learned is shown", async () => {
    const { at } = await scene.newScene("probe");
    const { page, complaints } = await scene.open(`${at}/settings`);
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText(/^Done/).waitFor();
    await page.getByText("Works").first().waitFor();
    await expectAccessible(page, "a probe");
    const { body } = await scene.stage.admin.get(`${at}/probes`);

    expect(body["items"]).toMatchObject([{ state: "done", readOnly: false }]);
    expect(complaints).toEqual([]);
  });

  it("A10, K7: a connection's page shows a sync as it goes, by one stream and without asking, and asks where there is none", async () => {
    const { tenant, at } = await scene.newScene("live");
    const { page, complaints } = await scene.open(at);
    await page.getByText("· live").waitFor();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const inSync = page.locator(".mantine-Paper-root").filter({ hasText: "In sync" });
    await tenant.scim.createUser({ userName: "live-chen" });
    await inSync.getByText("3", { exact: true }).waitFor();
    await expectAccessible(page, "a live status");
    const ofStatus = asked.filter((path) => path.includes("/status"));

    const deaf = await scene.open("/");
    await deaf.page.route("**/status/live", (route) => route.abort());
    await goTo(deaf.page, at);
    await deaf.page.getByText("Last attempt").waitFor();

    expect(ofStatus).toEqual([]);
    expect(await deaf.page.getByText("· live").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("J4, X14: who waits for a seat stands beside how many are taken", async () => {
    const { at, ana, ben } = await scene.newScene("seats", { settings: { seats: { limit: 1 } } });
    const { page, complaints } = await scene.open(`${at}/status`);
    await page.getByText("1 of 1 are taken. 1 waits.").waitFor();
    const { body } = await scene.stage.admin.get(`${at}/waitlist`);
    const [waiting = ben] = [ana, ben].filter(({ id }) => id === body["items"][0]?.userId);
    await page.getByRole("row", { name: waiting.userName }).first().waitFor();
    // One account waits for a seat, and for nobody's approval.
    await page.getByText("Waits for a seat: 1.").waitFor();
    await page.getByRole("cell", { name: /^Waits for a seat/ }).waitFor();
    await expectAccessible(page, "a waitlist");

    expect(complaints).toEqual([]);
  });

  it("A13, G1: settings are saved, tried, and a connection is ended with what becomes of its people", async () => {
    const { at } = await scene.newScene("end");
    const { page, complaints } = await scene.open(`${at}/settings`);

    await page.getByRole("button", { name: "What would be done now?" }).click();
    await page.getByText("2 stay as they are").waitFor();
    await page.getByLabel("Requests at the same time").fill("7");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved.", { exact: true }).waitFor();
    const { body } = await scene.stage.admin.get(at);
    await page.getByRole("button", { name: "Replace" }).click();
    await page.getByRole("combobox", { name: "Sign-in" }).click();
    await page.getByRole("option", { name: "User name and password" }).click();
    await page.getByLabel("Password", { exact: true }).waitFor();
    await expectAccessible(page, "a target that is replaced");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("2 people have an account").waitFor();
    await page.getByLabel("Make them inactive").check();
    await page.getByText("2 people lose access").waitFor();
    await expectAccessible(page, "ending a connection");
    await page.getByRole("button", { name: "Take access from everybody" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await waitFor(() => scene.shop.app.users().every((one) => !one.userName.startsWith("end-") || !one.active), {
      timeoutMs: 30_000,
      what: "the accounts to be inactive",
    });

    expect(body["settings"]).toMatchObject({ maxInFlight: 7 });
    expect(complaints).toEqual([]);
  });
});
