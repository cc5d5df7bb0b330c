import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createTokenCache } from "@muster/connectors";
import { createKeyring, issueToken, type Keyring, openSecret, verifyCredential } from "@muster/credentials";
import {
  createApp,
  createDirectory,
  createPortalLink,
  createTenant,
  isSecondCode,
  revokePortalLink,
} from "@muster/directory";
import { createConnection, createWebhook, type Owner, openConnector } from "@muster/provisioning";
import { createCrashPoints, createDialer, parseEgressAllow, systemClock, uuidV7 } from "@muster/runtime";
import {
  type Database,
  ensureApiKey,
  ensureWorkspace,
  findApiKey,
  findPortalLink,
  getWebhookSecrets,
  inWorkspace,
  openDatabase,
  refuseOtherKey,
} from "@muster/store";
import { createTestDatabase, type ProcessExit, spawnProcess } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("../../apps/api/src/rotate-keys.ts", import.meta.url));
const TENANTS = 8;

const oldKey = randomBytes(32);
const newKey = randomBytes(32);
const before = createKeyring(oldKey);
const during = createKeyring(newKey, [oldKey]);
const after = createKeyring(newKey);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
let workspaceId: string;
let webhookId: string;
let apiKey: string;
let sealed: { tenantId: string; connectionId: string }[];

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 4, applicationName: "key-rotation" });
  workspaceId = await ensureWorkspace(db, { id: uuidV7(), name: "Keys" });
  const workspace = { workspaceId, actor: "test" };
  const app = await createApp({ db }, workspace, { name: "Ledger", roles: [] });
  sealed = [];
  for (let number = 0; number < TENANTS; number += 1) {
    const tenant = await createTenant({ db }, workspace, { name: `Tenant ${number}`, externalId: null });
    const owner: Owner = { ...workspace, tenantId: tenant.id };
    const { directory } = await createDirectory({ db, keyring: before }, owner, { provider: "okta", name: "Okta" });
    const connection = await createConnection({ db, keyring: before }, owner, {
      ...{ appId: app.id, directoryId: directory.id, name: null, profile: null, settings: {} },
      target: { kind: "scim", baseUrl: "https://app.example", auth: { scheme: "bearer", token: `secret-${number}` } },
    });
    sealed.push({ tenantId: tenant.id, connectionId: connection.id });
  }
  const hook = { name: null, url: "https://ledger.example/hooks", types: ["user.created"], appId: null, starts: [] };
  webhookId = (await createWebhook({ db, keyring: before }, workspace, hook)).webhook.id;
  const issued = issueToken(before, "key");
  apiKey = issued.token;
  await ensureApiKey(db, { ...issued, workspaceId });
});
afterEach(async () => {
  await db.close();
  await database.close();
});

/** How many of all secrets open with these keys. */
async function opened(keyring: Keyring): Promise<number> {
  const dialer = createDialer(parseEgressAllow([]));
  const tokens = createTokenCache(() => systemClock.now());
  const deps = { db, keyring, dialer, tokens, clock: systemClock, crash: createCrashPoints(undefined) };
  const secrets = await inWorkspace(db, workspaceId, (tx) => getWebhookSecrets(tx, workspaceId, webhookId));
  if (secrets === undefined) throw new Error("the webhook is gone");
  const address = { tenantId: workspaceId, table: "webhooks", column: "secret", rowId: webhookId };
  const all = await Promise.allSettled([
    ...sealed.map(({ tenantId, connectionId }) => openConnector(deps, tenantId, connectionId)),
    (async () => openSecret(keyring, secrets.wrappedKey, address, secrets.sealedSecret))(),
  ]);
  await dialer.close();
  return all.filter((one) => one.status === "fulfilled").length;
}

/** Runs the command as an operator does, with the old key among the others. */
async function rotate(crashPoint = ""): Promise<{ exit: ProcessExit; output: string }> {
  const env = {
    DATABASE_URL: database.url,
    MUSTER_DEV: "1",
    MUSTER_ENCRYPTION_KEY: newKey.toString("base64"),
    MUSTER_OTHER_ENCRYPTION_KEYS: oldKey.toString("base64"),
    MUSTER_CRASH_POINT: crashPoint,
  };
  const run = spawnProcess({ name: "rotate-keys", script: SCRIPT, env });
  const exit = await run.exited;
  return { exit, output: [...run.stdout, ...run.stderr].join("\n") };
}
const killed = { code: null, signal: "SIGKILL" };

describe("F36: another encryption key", () => {
  it("F36: killed in the middle, again and again, every secret opens at every moment, and a last run finishes", async () => {
    const all = TENANTS + 1;
    const found: unknown[] = [];
    for (const point of [
      "before-key-recorded:1",
      "key-rewrapped:1",
      "before-key-recorded:3",
      "key-rewrapped:2",
      "webhook-keys-rewrapped:1",
    ]) {
      const { exit } = await rotate(point);
      found.push({ exit, both: await opened(during), withNew: await opened(after) });
    }
    const last = await rotate();
    const again = await rotate();

    expect(found).toEqual([
      // Killed before its first transaction ended: nothing is changed.
      { exit: killed, both: all, withNew: 0 },
      { exit: killed, both: all, withNew: 1 },
      { exit: killed, both: all, withNew: 3 },
      { exit: killed, both: all, withNew: 5 },
      { exit: killed, both: all, withNew: all },
    ]);
    expect(last).toMatchObject({ exit: { code: 0, signal: null } });
    expect(again.output).toContain("0 data keys of tenants, 0 of webhooks");
    expect({ withNew: await opened(after), withOld: await opened(before) }).toEqual({ withNew: all, withOld: 0 });
  });

  it("F36: tokens go on under both keys, and the old one is asked for until nothing live needs it", async () => {
    const stored = (await findApiKey(db, issuedId())) ?? null;
    const { tenantId } = sealed[0] ?? { tenantId: "" };
    const linking = { workspaceId, tenantId, actor: "test", holder: { apiKeyId: issuedId() } };
    const input = { rights: "view", lifetimeS: 86_400, secondCode: true, embedOrigin: null } as const;
    const { id, secondCode } = await createPortalLink({ db, keyring: before }, linking, input);
    const link = await findPortalLink(db, id);
    if (link === undefined) throw new Error("the link is gone");
    const first = await rotate();
    const refusal = refuseOtherKey(db, { pepperIds: [...after.peppers.keys()], setting: "MUSTER_ENCRYPTION_KEY" });
    await expect(refusal).rejects.toThrow("another key than this database was set up with");
    await ensureApiKey(db, { ...issueToken(after, "key"), workspaceId });
    await db.pool.query("update api_keys set revoked_at = now() where public_id = $1", [issuedId()]);
    await db.pool.query("update directory_tokens set revoked_at = now()");
    const beforeLast = await rotate();
    await revokePortalLink({ db }, linking, id);
    const last = await rotate();
    await refuseOtherKey(db, { pepperIds: [...after.peppers.keys()], setting: "MUSTER_ENCRYPTION_KEY" });

    expect([before, during, after].map((keyring) => verifyCredential(keyring, apiKey, stored))).toEqual([
      true,
      true,
      false,
    ]);
    expect(first.output).toContain(
      `made under another key: 1 API keys, ${TENANTS} tokens and clients of directories, 0 sessions, 1 links into the portal`,
    );
    expect([before, during, after].map((keyring) => isSecondCode(keyring, link, secondCode ?? ""))).toEqual([
      true,
      true,
      false,
    ]);
    expect(beforeLast.output).toContain("0 API keys, 0 tokens and clients of directories, 0 sessions, 1 links");
    expect(last.output).toContain("MUSTER_OTHER_ENCRYPTION_KEYS can be emptied");
    expect(first.output + last.output).not.toContain(oldKey.toString("base64"));
  });

  it("F36: a key that is not among those given stops it by name, and leaves everything as it was", async () => {
    const env = {
      DATABASE_URL: database.url,
      MUSTER_DEV: "1",
      MUSTER_ENCRYPTION_KEY: newKey.toString("base64"),
      MUSTER_OTHER_ENCRYPTION_KEYS: randomBytes(32).toString("base64"),
    };
    const run = spawnProcess({ name: "rotate-keys", script: SCRIPT, env });

    expect(await run.exited).toEqual({ code: 1, signal: null });
    expect(run.stderr.join("\n")).toContain("another key than this database was set up with");
    expect(await opened(before)).toBe(TENANTS + 1);
  });
});

function issuedId(): string {
  return apiKey.split("_")[2] ?? "";
}
