import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { goTo, showIn } from "./browser.ts";
import { fillShowroom, type Showroom } from "./fill-showroom.ts";
import { openPortalScene, type PortalScene } from "./portal-scene.ts";

const folder = path.join(import.meta.dirname, "../../docs/screens");
const SIZE = { width: 1280, height: 800 };

describe("a picture of each main screen", () => {
  let scene: PortalScene;
  let room: Showroom;
  beforeAll(async () => {
    scene = await openPortalScene();
    room = await fillShowroom(scene);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  });
  afterAll(() => scene.close());

  async function take(page: Page, name: string, colorScheme: "light" | "dark" = "light"): Promise<void> {
    await showIn(page, colorScheme);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  }

  it("with a small company in the middle of its life", async () => {
    const { page } = await scene.open("/");
    await page.setViewportSize(SIZE);
    await page.getByRole("link", { name: "Ledger" }).first().waitFor();
    await take(page, "overview");
    await take(page, "overview-dark", "dark");
    for (const [name, target] of [
      ["directory", `${room.tenant}/directories/${room.directoryId}`],
      ["people", `${room.tenant}/users`],
      ["person", `${room.tenant}/users/${room.userId}`],
      ["connection", room.connection],
      ["conflicts", `${room.connection}/conflicts`],
      ["approvals", `${room.connection}/held`],
      ["history", `${room.connection}/history`],
      ["settings", `${room.connection}/settings`],
      ["activity", `${room.tenant}/activity`],
      ["branding", "/branding"],
    ] as const) {
      await goTo(page, target);
      await take(page, name);
    }
    await editRoles(page);
    await take(page, "roles");
    await goTo(page, `${room.connection}/attributes`);
    await page.getByRole("region", { name: "What would be sent" }).waitFor();
    await take(page, "attributes");
    await goTo(page, `${room.tenant}/users/${room.userId}`);
    await page.getByRole("button", { name: "Why?" }).first().click();
    await page.getByText("What every rule does for them").waitFor();
    await take(page, "why");
  });

  async function editRoles(page: Page): Promise<void> {
    await goTo(page, `${room.connection}/roles`);
    await page.getByLabel("Move rule 3 up").click();
    await page.getByText(/other roles/).waitFor();
  }
});
