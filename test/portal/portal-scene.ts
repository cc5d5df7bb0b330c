import type { Browser } from "playwright-core";
import { openStage, type Stage, type Tenant } from "../e2e/stage.ts";
import { openWorkshop, type Workshop } from "../e2e/workshop.ts";
import { goTo, openBrowser, openPage, signIn, type Watched } from "./browser.ts";

type Person = { id: string; userName: string };
type Scene = { tenant: Tenant; connectionId: string; at: string; ana: Person; ben: Person };

/** The portal in a browser, over an api with a worker and an app behind it. */
export type PortalScene = {
  stage: Stage;
  shop: Workshop;
  browser: Browser;
  /** A page of somebody who is signed in. */
  open(at: string): Promise<Watched>;
  /** A tenant whose Ana is in Staff and Lead, and whose Ben is in Staff alone, connected to an app with roles. */
  newScene(name: string, connect?: Parameters<Workshop["connect"]>[1]): Promise<Scene>;
  close(): Promise<void>;
};

/** Opens it all; whoever does closes it. */
export async function openPortalScene(): Promise<PortalScene> {
  const stage = await openStage();
  const shop = await openWorkshop(stage);
  const browser = await openBrowser();
  return {
    stage,
    shop,
    browser,
    async open(at) {
      const watched = await openPage(browser, stage.localUrl);
      await signIn(watched.page, stage.apiKey);
      await goTo(watched.page, at);
      return watched;
    },
    async newScene(name, connect) {
      const tenant = await stage.newTenant({ name });
      const { connectionId } = await shop.connect(tenant, connect);
      const ana = await tenant.scim.createUser({ userName: `${name}-ana`, title: "=HYPERLINK(1)" });
      const ben = await tenant.scim.createUser({ userName: `${name}-ben` });
      await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: ana.id }, { value: ben.id }] });
      await tenant.scim.createGroup({ displayName: "Lead", members: [{ value: ana.id }] });
      await shop.settled(connectionId);
      return { tenant, connectionId, at: `/connections/${connectionId}`, ana, ben };
    },
    async close() {
      await browser.close();
      await stage.close();
    },
  };
}
