import { createKeyring } from "@muster/credentials";
import { uuidV7 } from "@muster/runtime";
import { type Database, ensureWorkspace, inTenant, listNotices, openDatabase } from "@muster/store";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDirectory } from "./directories.ts";
import { issueCredential } from "./directory-tokens.ts";
import { createTenant, type TenantScope } from "./onboarding.ts";
import { noteTokenExpiry } from "./token-notices.ts";

const keyring = createKeyring(Buffer.alloc(32, 3));
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 4, applicationName: "notices-test" });
});
afterAll(async () => {
  await db.close();
  await database.close();
});

type Place = { scope: TenantScope; directoryId: string; tokenId: string };

async function newPlace(): Promise<Place> {
  const workspaceId = await ensureWorkspace(db, { id: uuidV7(), name: "Notices" });
  const workspace = { workspaceId, actor: "test" };
  const tenant = await createTenant({ db }, workspace, { name: "Acme", externalId: null });
  const scope = { ...workspace, tenantId: tenant.id };
  const { directory, token } = await createDirectory({ db, keyring }, scope, { provider: "okta", name: "Acme's Okta" });
  return { scope, directoryId: directory.id, tokenId: token.id };
}
async function set(tokenId: string, values: string): Promise<void> {
  await db.pool.query(`update directory_tokens set ${values} where public_id = $1`, [tokenId]);
}
/** What is told after a look, newest first. */
async function told({ scope }: Place): Promise<{ kind: string; subject: string; message: string }[]> {
  await noteTokenExpiry({ db });
  const rows = await inTenant(db, scope.tenantId, (tx) =>
    listNotices(tx, scope.tenantId, { before: undefined, limit: 50 }),
  );
  return rows.map(({ kind, subject, message }) => ({ kind, subject, message }));
}

describe("D03, A4: an expiry is told ahead", () => {
  it("at 30, 7 and 1 day, once each however often and by however many it is looked for", async () => {
    const place = await newPlace();
    const { tokenId } = place;
    expect(await told(place)).toEqual([]);
    for (const days of [29, 20, 6, 3, 0.9, 0.1]) {
      await set(tokenId, `expires_at = now() + ${days} * interval '1 day'`);
      await Promise.all([told(place), told(place)]);
    }
    const notices = await told(place);

    expect(notices.map(({ kind }) => kind)).toEqual(["token.expires.1", "token.expires.7", "token.expires.30"]);
    for (const { subject, message } of notices) {
      expect(subject).toBe(tokenId);
      expect(message).toContain(tokenId);
      expect(message).toContain("Acme's Okta");
      expect(message).toContain("issue a new one");
    }
  });

  it("says when a newer one is there, and nothing of one that is revoked", async () => {
    const place = await newPlace();
    const terms = { replaces: place.tokenId };
    const next = await issueCredential({ db, keyring }, place.scope, {
      directoryId: place.directoryId,
      kind: "bearer",
      terms,
    });
    const [notice, ...more] = await told(place);
    const other = await newPlace();
    await set(other.tokenId, "expires_at = now() + interval '2 days', revoked_at = now()");

    expect(more).toEqual([]);
    expect(notice).toMatchObject({ kind: "token.expires.1", subject: place.tokenId });
    expect(notice?.message).toContain("newer one");
    expect(next.id).not.toBe(place.tokenId);
    expect(await told(other)).toEqual([]);
  });
});

describe("A4: an expiry that hurts is told", () => {
  it("when the token was used in its last week and nothing took its place", async () => {
    const place = await newPlace();
    await set(place.tokenId, "expires_at = now() - interval '1 hour', last_used_at = now() - interval '2 days'");

    expect(await told(place)).toEqual([
      { kind: "token.expired", subject: place.tokenId, message: expect.stringContaining("Acme's Okta") },
    ]);
    expect(await told(place)).toHaveLength(1);
  });

  it.each([
    ["never used", "last_used_at = null"],
    ["not used in its last week", "last_used_at = now() - interval '8 days'"],
  ])("but not when it was %s", async (_name, values) => {
    const place = await newPlace();
    await set(place.tokenId, `expires_at = now() - interval '1 hour', ${values}`);

    expect(await told(place)).toEqual([]);
  });

  it("nor when its successor is in use", async () => {
    const place = await newPlace();
    const terms = { replaces: place.tokenId, overlapHours: 0 };
    const next = await issueCredential({ db, keyring }, place.scope, {
      directoryId: place.directoryId,
      kind: "bearer",
      terms,
    });
    await set(place.tokenId, "expires_at = now() - interval '1 hour', last_used_at = now() - interval '2 hours'");
    await set(next.id, "last_used_at = now()");

    expect(await told(place)).toEqual([]);
  });
});
