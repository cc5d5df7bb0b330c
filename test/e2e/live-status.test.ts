import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowserClient, type Jar } from "./browser-client.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

type Told = { settled: boolean; accounts: { synced: number } };
type Listener = { status: number; type: string; states: Told[]; ended: string | null; isOver: boolean; leave(): void };

let stage: Stage;
let shop: Workshop;
let tenant: Tenant;
let connectionId: string;
let browser: ReturnType<typeof createBrowserClient>;
const open: Listener[] = [];

beforeAll(async () => {
  stage = await openStage();
  shop = await openWorkshop(stage);
  browser = createBrowserClient(stage);
  tenant = await stage.newTenant();
  ({ connectionId } = await shop.connect(tenant));
  await shop.settled(connectionId);
});
afterAll(async () => {
  for (const one of open) one.leave();
  await stage.close();
});

const until = (isSo: () => boolean, what: string) => waitFor(isSo, { timeoutMs: 20_000, everyMs: 10, what });
const live = (id: string) => `${stage.localUrl}/api/v1/connections/${id}/status/live`;

/** Listens, as a browser's page does. */
async function listen(headers: Record<string, string>, id = connectionId): Promise<Listener> {
  const left = new AbortController();
  const answer = await fetch(live(id), { headers, signal: left.signal });
  const listener: Listener = {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    states: [],
    ended: null,
    isOver: false,
    leave: () => left.abort(),
  };
  open.push(listener);
  void read(answer, listener).catch(() => (listener.isOver = true));
  return listener;
}

async function read(answer: Response, listener: Listener): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, event, data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event === "status") listener.states.push(JSON.parse(data) as Told);
      if (event === "end") listener.ended = data;
    }
  }
  listener.isOver = true;
}

const cookieOf = ({ cookie }: Jar) => ({ Cookie: cookie ?? "" });
const withKey = () => ({ Authorization: `Bearer ${stage.apiKey}` });
const link = async (tenantId: string, rights: string) => {
  const made = await stage.admin.postSecret(`/tenants/${tenantId}/portal-links`, { rights });
  const code = String((made as unknown as { url: string }).url).split("#")[1] ?? "";
  return { id: made.id, jar: await browser.signIn({ portalCode: code }) };
};

describe("A10, K7: the status of a connection, live", () => {
  it("is told at once and whenever it changes, to a key and to a session alike", async () => {
    const jar = await browser.signIn({ apiKey: stage.apiKey });
    const [key, session] = [await listen(withKey()), await listen({ ...cookieOf(jar), "Last-Event-ID": "41" })];
    await until(() => key.states.length > 0 && session.states.length > 0, "the first status");
    const before = key.states.length;
    await tenant.scim.createUser({ userName: "live-ana" });
    await until(
      () =>
        [key, session].every(({ states }) => states.at(-1)?.accounts.synced === 1 && states.at(-1)?.settled === true),
      "the synced account",
    );

    expect([key.status, key.type]).toEqual([200, "text/event-stream"]);
    expect(key.states.length).toBeGreaterThan(before);
    expect(key.states.at(-1)).toEqual((await stage.admin.get(`/connections/${connectionId}/status`)).body);
    key.leave();
    session.leave();
  });

  it("D12, V56: ends when the session does: signed out, link revoked, link's tenant suspended", async () => {
    const other = await stage.newTenant();
    const { connectionId: otherId } = await shop.connect(other);
    const jar = await browser.signIn({ apiKey: stage.apiKey });
    const [revoked, suspended] = [await link(tenant.id, "view"), await link(other.id, "manage")];
    const listeners = [
      await listen(cookieOf(jar)),
      await listen(cookieOf(revoked.jar)),
      await listen(cookieOf(suspended.jar), otherId),
    ];
    const stays = await listen(withKey());
    await until(() => listeners.every(({ states }) => states.length > 0), "the first status");
    await browser.ask("DELETE", "/session", { jar });
    await stage.admin.send("DELETE", `/tenants/${tenant.id}/portal-links/${revoked.id}`);
    await stage.admin.send("PATCH", `/tenants/${other.id}`, { suspended: true });
    await until(() => listeners.every(({ isOver }) => isOver), "the end");

    expect(listeners.map(({ ended }) => ended)).toEqual(Array(3).fill('{"reason":"signedOut"}'));
    expect(stays.isOver).toBe(false);
    stays.leave();
  });

  it("V10, D11: is not for a link of another tenant, nor for one that connects the directory only", async () => {
    const other = await stage.newTenant();
    const [foreign, setup] = [await link(other.id, "manage"), await link(tenant.id, "setup")];

    expect((await listen(cookieOf(foreign.jar))).status).toBe(404);
    expect((await listen(cookieOf(setup.jar))).status).toBe(403);
    expect((await listen({})).status).toBe(401);
  });

  it("is six for one session at a time: the seventh is told to wait, and has its place when one left", async () => {
    const jar = await browser.signIn({ apiKey: stage.apiKey });
    const six = await Promise.all(Array.from({ length: 6 }, () => listen(cookieOf(jar))));
    const seventh = await listen(cookieOf(jar));
    const another = await listen(cookieOf(await browser.signIn({ apiKey: stage.apiKey })));
    six[0]?.leave();
    const last = { status: 0 };
    await waitFor(
      async () => {
        const again = await listen(cookieOf(jar));
        last.status = again.status;
        return again.status === 200;
      },
      { timeoutMs: 10_000, everyMs: 20, what: "the place that was left" },
    );

    expect(six.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect([seventh.status, another.status]).toEqual([429, 200]);
    for (const one of [...six, another]) one.leave();
  });

  it("looking on keeps no session alive, and holds up no end of the process", async () => {
    const jar = await browser.signIn({ apiKey: stage.apiKey });
    const listener = await listen(cookieOf(jar));
    await until(() => listener.states.length > 0, "the first status");
    await stage.ledger.query(
      "update sessions set seen_at = now() - interval '29 minutes 59 seconds' where revoked_at is null",
      [],
    );
    await until(() => listener.isOver, "the end of an idle session");

    expect(listener.ended).toBe('{"reason":"signedOut"}');
  });
});
