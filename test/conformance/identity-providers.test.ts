import path from "node:path";
import { uuidV7 } from "@muster/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPlayer, type Player, readExchanges, unwanted } from "./driver.ts";
import { openEndpoint } from "./endpoint.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/idp");
const providers = ["jumpcloud", "okta", "entra", "onelogin", "google"];
const all = await Promise.all(
  providers.map(async (provider) => ({ provider, exchanges: await readExchanges(path.join(fixtures, provider)) })),
);

let endpoint: Awaited<ReturnType<typeof openEndpoint>>;
beforeAll(async () => {
  endpoint = await openEndpoint();
});
afterAll(async () => {
  await endpoint.close();
});

describe.each(all)("$provider", ({ exchanges }) => {
  let player: Player;
  beforeAll(() => {
    player = openPlayer(endpoint, uuidV7().slice(-12));
  });

  it.each(exchanges)("$does ($source)", async (exchange) => {
    const { reply, expected } = await player.play(exchange);

    expect([reply.status, reply.status === expected.status ? "" : reply.text]).toEqual([expected.status, ""]);
    for (const [name, value] of Object.entries(expected.headers ?? {}))
      expect([name, reply.headers.get(name)]).toEqual([name, value]);
    if (expected.body !== undefined) expect(reply).toMatchObject({ body: expected.body });
    expect(unwanted(reply.body, expected.absent)).toEqual([]);
    if (reply.status === 204) expect(reply.text).toBe("");
    if (reply.status === 201)
      expect(reply.headers.get("location")).toBe((reply.body as { meta?: { location?: string } }).meta?.location);
  });
});
