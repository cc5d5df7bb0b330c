import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createScimClient } from "./clients.ts";
import { rawRequest } from "./raw-request.ts";
import { failed, openSignInLab, type SignInLab } from "./sign-in-lab.ts";
import type { Stage } from "./stage.ts";

let lab: SignInLab;
let stage: Stage;
let browser: SignInLab["browser"];

beforeAll(async () => {
  lab = await openSignInLab();
  ({ stage, browser } = lab);
});
afterAll(async () => {
  await lab.close();
});

describe("D11: members of a workspace", () => {
  it("who was removed is out in every process with the answer, and what they made is over", async () => {
    const second = await stage.startSecondApi();
    const { id, jar } = await lab.signedIn("admin");
    const tenant = await stage.newTenant();
    const link = await browser.ask("POST", `/api/v1/tenants/${tenant.id}/portal-links`, { jar, body: {} });
    const code = stage.ear.secret(String(link.body["url"]).split("#")[1] ?? "");
    const there = () =>
      rawRequest(second.localUrl, { target: "/api/v1/tenants", headers: ["Cookie", jar.cookie ?? ""] });
    expect([(await there()).status, link.status]).toEqual([200, 201]);

    expect((await stage.admin.send("DELETE", `/members/${id}`)).status).toBe(204);
    expect((await there()).status).toBe(401);
    expect((await browser.ask("GET", "/api/v1/tenants", { jar })).status).toBe(401);
    expect((await browser.ask("POST", "/session", { body: { portalCode: code } })).status).toBe(401);
    expect(await lab.signIn()).toMatchObject(failed("not-invited"));
    const removed = await stage.admin.get("/members?removed=true&pageSize=200");
    expect(removed.body.items.find((member) => member.id === id)).toMatchObject({ state: "removed" });
    expect((await stage.admin.send("DELETE", `/members/${id}`)).status).toBe(404);
  });

  it("D11, A10: what they follow live ends with it, and so it does for whoever gets another role", async () => {
    const tenant = await stage.newTenant();
    const app = await stage.admin.post("/apps", { name: "Followed" });
    const made = await stage.admin.post(`/tenants/${tenant.id}/connections`, {
      appId: app.body.id,
      directoryId: tenant.directoryId,
      target: {
        kind: "scim",
        baseUrl: "https://app.example/scim",
        auth: { scheme: "bearer", token: stage.ear.secret("followed-token") },
      },
    });
    const follow = async ({ cookie }: { cookie: string | null }) => {
      const address = `${stage.localUrl}/api/v1/connections/${made.body.id}/status/live`;
      const answer = await fetch(address, { headers: { Cookie: cookie ?? "" } });
      return { status: answer.status, over: answer.text() };
    };
    const [removed, demoted] = [await lab.signedIn("admin"), await lab.signedIn("admin")];
    const streams = [await follow(removed.jar), await follow(demoted.jar)];
    await stage.admin.send("DELETE", `/members/${removed.id}`);
    await stage.admin.send("PATCH", `/members/${demoted.id}`, { role: "auditor" });
    const told = await Promise.all(streams.map(({ over }) => over));

    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    for (const text of told) expect(text).toMatch(/event: end\ndata: \{"reason":"signedOut"\}\n\n$/);
  });

  it("D09: another role begins with another session", async () => {
    const { id, jar } = await lab.signedIn("auditor");
    const changed = await stage.admin.send("PATCH", `/members/${id}`, { role: "operator" });

    expect(changed).toMatchObject({ status: 200, body: { role: "operator", state: "active" } });
    expect((await browser.ask("GET", "/session", { jar })).status).toBe(401);
    const again = await lab.jarOf((await lab.signIn()).session);
    expect((await browser.ask("GET", "/session", { jar: again })).body).toMatchObject({ role: "operator" });
  });

  it("V31: only an owner decides who is a member, of themselves too", async () => {
    const { id, jar } = await lab.signedIn("admin");
    const raise = await browser.ask("PATCH", `/api/v1/members/${id}`, { jar, body: { role: "owner" } });
    const body = { email: "friend@acme.example", role: "auditor" };

    expect([raise.status, (await browser.ask("POST", "/api/v1/members", { jar, body })).status]).toEqual([403, 403]);
    expect((await browser.ask("GET", "/api/v1/members", { jar })).status).toBe(200);
  });

  it("V35: the last owner is neither removed nor demoted, by whomever, also when two go at once", async () => {
    const { admin } = await stage.newWorkspace();
    const make = async () => {
      const { email } = lab.newPerson();
      const { body } = await admin.post("/members", { email, role: "owner" });
      return { id: body.id, jar: await lab.jarOf((await lab.signIn()).session) };
    };
    const first = await make();
    const waiting = await admin.post("/members", { email: "later@acme.example", role: "owner" });
    // Who never came in is no owner to rely on.
    const alone = await admin.send("DELETE", `/members/${first.id}`);
    const second = await make();
    const both = await Promise.all([
      browser.ask("DELETE", `/api/v1/members/${second.id}`, { jar: first.jar }),
      browser.ask("PATCH", `/api/v1/members/${first.id}`, { jar: second.jar, body: { role: "auditor" } }),
    ]);

    expect(alone).toMatchObject({ status: 409, body: { detail: expect.stringContaining("last owner") } });
    expect(both.filter(({ status }) => status < 300)).toHaveLength(1);
    expect((await admin.send("DELETE", `/members/${waiting.body.id}`)).status).toBe(204);
    const left = await stage.ledger.query(
      "select from members m where role = 'owner' and removed_at is null and joined_at is not null and workspace_id = (select workspace_id from members where id = $1)",
      [first.id],
    );
    expect(left).toHaveLength(1);
  });

  it("V35: nothing that a directory sends makes, changes or ends one", async () => {
    const { jar, email } = await lab.signedIn("owner");
    const tenant = await stage.newTenant();
    const before = await stage.ledger.query("select * from members order by id", []);
    const { bearerToken, directoryId } = tenant;
    const scim = createScimClient({ endpointUrl: `${stage.localUrl}/scim/v2/${directoryId}`, bearerToken });
    const user = await scim.createUser({
      userName: email,
      emails: [{ value: email }],
      roles: [{ value: "owner" }],
    });
    await scim.patch(`/Users/${user.id}`, { op: "replace", value: { active: false } });
    await scim.delete(`/Users/${user.id}`);

    expect(await stage.ledger.query("select * from members order by id", [])).toEqual(before);
    expect((await browser.ask("GET", "/session", { jar })).status).toBe(200);
  });

  it("D08: whoever is a member of two workspaces comes into the one whose address they began at, else the one used last", async () => {
    const second = await stage.newWorkspace();
    const { email } = lab.newPerson();
    await lab.invite(email);
    await second.admin.post("/members", { email, role: "auditor" });
    const workspaceOf = async (at?: string) => {
      const { session } = await lab.signIn(at);
      return session === null ? null : (await browser.ask("GET", "/session", { jar: await lab.jarOf(session) })).body;
    };
    const first = await workspaceOf();
    const other = await workspaceOf(second.workspaceId);
    const last = await workspaceOf();
    const back = await workspaceOf(String(first?.["workspaceId"]));

    expect(first).toMatchObject({ role: "admin" });
    expect(other).toMatchObject({ role: "auditor", workspaceId: second.workspaceId });
    expect(last).toEqual({ ...other, csrfToken: last?.["csrfToken"], expiresAt: last?.["expiresAt"] });
    expect(back).toMatchObject({ role: "admin", workspaceId: first?.["workspaceId"] });
    expect(await workspaceOf("018f7f6a-1c00-7000-8000-000000000009")).toBeNull();
    expect((await browser.ask("POST", "/session/sign-in", { body: { workspaceId: "x" } })).status).toBe(400);
  });

  it("another workspace's are not there", async () => {
    const { admin } = await stage.newWorkspace();
    const { id } = await lab.signedIn("admin");

    expect((await admin.get("/members")).body.items).toEqual([]);
    expect((await admin.send("DELETE", `/members/${id}`)).status).toBe(404);
  });
});
