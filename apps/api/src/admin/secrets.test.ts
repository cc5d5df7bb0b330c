import { generateKeyPairSync } from "node:crypto";
import { makeCertificate } from "@muster/testkit";
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
  const oauth = {
    scheme: "oauthClientCredentials",
    tokenUrl: "https://id.example/token",
    clientId: "muster",
    clientSecret: "client/secret+of=oauth~3",
    clientSecretIn: "header",
  } as const;
  await call(ours, "updateConnection", { params, body: { target: { ...target, auth: oauth } } });
  const signing = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const privateKey = signing.export({ type: "pkcs8", format: "pem" }).toString();
  const day = 86_400_000;
  const certificate = makeCertificate({
    hostname: "muster.example",
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
  });
  const tls = { certificate: certificate.cert, privateKey: certificate.key };
  const jwt = { scheme: "oauthJwtBearer", tokenUrl: oauth.tokenUrl, issuer: "muster", privateKey } as const;
  await call(ours, "updateConnection", { params, body: { target: { ...target, auth: jwt, tls } } });
  const broken = { ...jwt, privateKey: privateKey.replace("MI", "IM") };
  await expect(
    call(ours, "updateConnection", { params, body: { target: { ...target, auth: broken } } }),
  ).rejects.toThrow("target.auth.privateKey");
  const keyLines = [privateKey, certificate.key].map((pem) => pem.split("\n")[2] ?? "");
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

  for (const secret of [targetSecret, secrets.header, secrets.password, oauth.clientSecret, ...keyLines]) {
    expect(secret.length).toBeGreaterThan(10);
    expect(occurrences(world.said.join("\n"), secret)).toEqual([]);
    expect(occurrences(rows, secret)).toEqual([]);
  }
  for (const bearerToken of [ids.bearerToken, issued.bearerToken]) {
    expect(world.said.filter((text) => occurrences(text, bearerToken).length > 0)).toHaveLength(1);
    expect(occurrences(rows, bearerToken)).toEqual([]);
  }
  expect(world.said.filter((text) => /sealed|digest|pepper|keyId/i.test(text))).toEqual([]);
});
