import type { SampleApp } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Body } from "./clients.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
});
afterAll(() => stage.close());

type Connected = { tenant: Tenant; app: SampleApp; connectionId: string };

async function connected(): Promise<Connected> {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp();
  const { connectionId } = await workshop.connect(tenant, { app });
  return { tenant, app, connectionId };
}

const USER_NAME = { target: "userName", expression: "user.userName" };
const put = (path: string, rows: unknown) => stage.admin.send("PUT", `${path}/mapping`, { rows });

/** Saves a connection's mapping and waits until the app has what it says. */
async function map(connectionId: string, ...rows: unknown[]): Promise<Body> {
  const answer = await put(`/connections/${connectionId}`, [USER_NAME, ...rows]);
  if (answer.status !== 200) throw new Error(answer.text);
  await workshop.settled(connectionId);
  return answer.body;
}

describe("the mapping of a connection (E1)", () => {
  it("begins with the product's own rows, takes an edit to the app, and clears what only it had put there (E5, SB7, SB8)", async () => {
    const { tenant, app, connectionId } = await connected();
    await tenant.scim.createUser({ userName: "ada", title: "Analyst", nickName: "Countess", displayName: "Ada" });
    await workshop.settled(connectionId);
    const before = (await stage.admin.get(`/connections/${connectionId}/mapping`)).body;
    const copied = await put(`/connections/${connectionId}`, before["rows"]);
    await workshop.settled(connectionId);
    app.clearLedger();
    const saved = await map(
      connectionId,
      { target: "displayName", expression: 'join(" ", user.displayName, "(" + user.title + ")")' },
      { target: "nickName", entra: 'Append([displayName], "!")' },
    );

    expect(before["source"]).toBe("product");
    expect(before["rows"]).toContainEqual(expect.objectContaining({ target: "roles" }));
    expect(copied.body).toEqual({ source: "connection", rows: before["rows"] });
    expect(saved["rows"]).toContainEqual(
      expect.objectContaining({ target: "nickName", expression: 'append(user.displayName, "!")' }),
    );
    expect(app.user("ada")?.raw).toMatchObject({ displayName: "Ada (Analyst)", nickName: "Ada!" });
    expect(app.user("ada")?.raw).not.toHaveProperty("title");
  });

  it("is the app's where the connection has none, for every customer of it, and goes back to that", async () => {
    const [one, two] = [await stage.newTenant(), await stage.newTenant()];
    const first = await workshop.connect(one, { app: await workshop.startApp() });
    const { appId } = (await stage.admin.get(`/connections/${first.connectionId}`)).body;
    const appOfTwo = await workshop.startApp();
    const second = await stage.admin.post(`/tenants/${two.id}/connections`, {
      appId,
      directoryId: two.directoryId,
      target: { kind: "scim", baseUrl: appOfTwo.baseUrl, auth: appOfTwo.auth() },
    });
    await stage.admin.put(`/connections/${second.body.id}/assignments`, { everyone: true });
    await two.scim.createUser({ userName: "ben", title: "Clerk" });
    await workshop.settled(second.body.id);

    const saved = await put(`/apps/${appId}`, [
      USER_NAME,
      { target: "title", expression: "user.title", default: "x" },
      { target: "nickName", expression: '"from the app"' },
    ]);
    await waitFor(() => appOfTwo.user("ben")?.raw["nickName"] === "from the app", {
      timeoutMs: 20_000,
      what: "the app's mapping to arrive",
    });
    const inherited = (await stage.admin.get(`/connections/${second.body.id}/mapping`)).body;
    await put(`/connections/${second.body.id}`, [USER_NAME]);
    await workshop.settled(second.body.id);
    const own = appOfTwo.user("ben")?.raw["nickName"];
    await put(`/connections/${second.body.id}`, null);
    await workshop.settled(second.body.id);
    const again = appOfTwo.user("ben")?.raw["nickName"];
    await put(`/apps/${appId}`, null);
    await workshop.settled(second.body.id);

    expect(saved.body["source"]).toBe("app");
    expect(inherited["source"]).toBe("app");
    expect([own, again]).toEqual([undefined, "from the app"]);
    expect(appOfTwo.user("ben")?.raw).not.toHaveProperty("nickName");
    expect((await stage.admin.get(`/apps/${appId}/mapping`)).body["source"]).toBe("product");
  });
});
