import { afterAll, beforeAll, expect, it } from "vitest";
import { onboard, target, targetSecret } from "./fixtures/onboard.ts";
import { type AdminWorld, openAdminWorld } from "./fixtures/open-admin-world.ts";

let world: AdminWorld;

beforeAll(async () => {
  world = await openAdminWorld();
});

afterAll(async () => {
  await world.close();
});

/** A secret as it is and as it may be written elsewhere. */
function writings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // What surrounds the secret shifts its base64 by up to two bytes; the letters at the seams differ, so they are cut off.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(4, -2),
  );
  return [secret, ...shifted, bytes.toString("hex"), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}

function occurrences(text: string, secret: string): string[] {
  return writings(secret).filter((writing) => text.includes(writing));
}

it("V23: credentials are in no answer but the one that issues them, in no error and in no row", async () => {
  const { call, ours } = world;
  const ids = await onboard(world, ours);
  const { tenantId, directoryId, connectionId } = ids;
  const params = { connectionId };
  const secrets = { header: "header/secret+value=~1", password: "pass/word+of=basic~2" };
  await call(ours, "updateConnection", {
    params,
    body: { target: { ...target, auth: { scheme: "header", name: "X-Key", value: secrets.header } } },
  });
  await call(ours, "updateConnection", {
    params,
    body: { target: { ...target, auth: { scheme: "basic", username: "muster", password: secrets.password } } },
  });
  const bad = { ...target, baseUrl: "https://u:p@ledger.example" };
  await expect(call(ours, "updateConnection", { params, body: { target: bad } })).rejects.toThrow("target.baseUrl");
  const wrong = { appId: directoryId, directoryId, target };
  await expect(call(ours, "createConnection", { params: { tenantId }, body: wrong })).rejects.toThrow("does not exist");
  await call(ours, "getConnection", { params });
  await call(ours, "listConnections", { params: { tenantId } });
  await call(ours, "getConnectionStatus", { params });
  await call(ours, "listAudit", { params: { tenantId } });
  await call(ours, "listDirectories", { params: { tenantId } });
  await call(ours, "getDirectory", { params: { tenantId, directoryId } });
  const issued = await call(ours, "createDirectoryToken", { params: { tenantId, directoryId } });
  await call(ours, "listDirectoryTokens", { params: { tenantId, directoryId } });
  const rows = await world.dump();

  for (const secret of [targetSecret, secrets.header, secrets.password]) {
    expect(occurrences(world.said.join("\n"), secret)).toEqual([]);
    expect(occurrences(rows, secret)).toEqual([]);
  }
  for (const bearerToken of [ids.bearerToken, issued.bearerToken]) {
    expect(world.said.filter((text) => occurrences(text, bearerToken).length > 0)).toHaveLength(1);
    expect(occurrences(rows, bearerToken)).toEqual([]);
  }
  expect(world.said.filter((text) => /sealed|digest|pepper|keyId/i.test(text))).toEqual([]);
});
