import { readdirSync } from "node:fs";
import path from "node:path";
import { uuidV7 } from "@muster/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFaults } from "./compare-reply.ts";
import { openPlayer, type Player, readExchanges } from "./driver.ts";
import { openEndpoint } from "./endpoint.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/idp");
const providers = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const all = await Promise.all(
  providers.map(async ({ name }) => ({ provider: name, exchanges: await readExchanges(path.join(fixtures, name)) })),
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

    expect(findFaults(reply, expected)).toEqual([]);
  });

  it("leaves nothing behind, and says of every exchange where it is known from", () => {
    const made = exchanges.filter(({ expect: { status } }) => status === 201).map(({ name }) => `{{${name}.id}}`);
    const removed = exchanges.filter(
      ({ request, expect: { status } }) => request.method === "DELETE" && status === 204,
    );

    for (const id of made)
      expect([id, removed.some(({ request }) => request.path.endsWith(`/${id}`))]).toEqual([id, true]);
    for (const { name, source } of exchanges)
      expect([name, source]).toEqual([
        name,
        expect.stringMatching(
          /^(-|inferred|(section 5|[A-Z][A-Z0-9]{1,3})(, (section 5|[A-Z][A-Z0-9]{1,3}))*( \(inferred\))?)$/,
        ),
      ]);
  });
});
