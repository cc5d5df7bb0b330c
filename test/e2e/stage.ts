import { randomBytes } from "node:crypto";
import { type ApiSettings, type RunningApi, startApi } from "@muster/api";
import { createKeyring, issueToken, type Keyring } from "@muster/credentials";
import { migrateQueue, openQueue, type Queue } from "@muster/queue";
import {
  createCrashPoints,
  createDialer,
  createLogger,
  createMetrics,
  type Logger,
  parseEgressAllow,
  secret,
  systemClock,
  uuidV7,
} from "@muster/runtime";
import { type Database, ensureApiKey, openDatabase, type Role } from "@muster/store";
import { createTestDatabase, freePort } from "@muster/testkit";
import { type AdminClient, createAdminClient, createScimClient, type ScimClient } from "./clients.ts";
import { createEar, type Ear } from "./ear.ts";
import { type Ledger, openLedger } from "./ledger.ts";

/** A tenant with one directory, as its app owner and its identity provider know it. */
export type Tenant = { id: string; directoryId: string; endpointUrl: string; bearerToken: string; scim: ScimClient };

/** The gateway's api in this process, over a database of its own, spoken to by HTTP alone. */
export type Stage = {
  /** Where the api listens, whatever it tells callers. */
  localUrl: string;
  databaseUrl: string;
  db: Database;
  keyring: Keyring;
  queue: Queue;
  logger: Logger;
  /** Everything that was answered and logged, and every secret that must not be in it. */
  ear: Ear;
  /** Reads rows past every wall, as the database's owner. */
  ledger: Ledger;
  apiKey: string;
  admin: AdminClient;
  newTenant(options?: { admin?: AdminClient; provider?: string; name?: string }): Promise<Tenant>;
  /** An app owner who knows nothing of the first. */
  newWorkspace(): Promise<{ workspaceId: string; apiKey: string; admin: AdminClient }>;
  /** A further key of the first workspace. */
  newKey(role: Role): Promise<AdminClient>;
  /** A further api process over the same database, as far as one process can play two. */
  startSecondApi(): Promise<{ localUrl: string }>;
  /** Closed before the api, in the reverse of their order. */
  onClose(close: () => Promise<void>): void;
  close(): Promise<void>;
};

export type StageOptions = {
  maxConnections?: number;
  publicUrl?: string;
  /** Far above what tests send, unless they are about limits. */
  limits?: ApiSettings["limits"];
  trustedProxies?: ApiSettings["trustedProxies"];
  /** Of an identity provider on the loopback. */
  signIn?: ApiSettings["signIn"];
};

const NO_LIMITS = { inboundPerSecond: 100_000, failuresPerMinute: 1_000_000 };

/** The name under which the api's own connections show in pg_stat_activity. */
export const APPLICATION_NAME = "muster-e2e";

/** Boots the api on a free port; the doorbell is BullMQ's PostgreSQL backend. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const database = await createTestDatabase();
  const ear = createEar();
  const logger = createLogger({ name: "e2e", level: "trace", write: ear.logged });
  const queueSettings = { kind: "postgres", connectionString: database.url } as const;
  await migrateQueue(queueSettings);
  const queue = await openQueue(queueSettings, { logger });
  const keyring = createKeyring(randomBytes(32));
  const apiKey = ear.secret(randomBytes(24).toString("base64url"));
  const databases: Database[] = [];
  const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));

  function openPool(): Database {
    const maxConnections = options.maxConnections ?? 8;
    const db = openDatabase({ url: database.url, maxConnections, applicationName: APPLICATION_NAME });
    databases.push(db);
    return db;
  }
  async function boot(db: Database): Promise<{ api: RunningApi; localUrl: string }> {
    // With a public address the api does not say where it listens.
    const port = options.publicUrl === undefined ? 0 : await freePort();
    const api = await startApi(
      {
        db,
        queue,
        dialer,
        keyring,
        logger,
        clock: systemClock,
        crash: createCrashPoints(undefined),
        metrics: createMetrics(),
        version: "0.0.0",
      },
      {
        host: "127.0.0.1",
        port,
        publicUrl: options.publicUrl,
        bootstrapApiKey: secret(apiKey),
        limits: options.limits ?? NO_LIMITS,
        signIn: options.signIn,
        trustedProxies: options.trustedProxies ?? [],
      },
    );
    return { api, localUrl: port === 0 ? api.url : `http://127.0.0.1:${port}` };
  }
  const db = openPool();
  const { api, localUrl } = await boot(db);
  const ledger = openLedger(database.url);
  const admin = createAdminClient({ baseUrl: localUrl, apiKey, ear });
  const closing: (() => Promise<void>)[] = [];

  return {
    localUrl,
    databaseUrl: database.url,
    db,
    keyring,
    queue,
    logger,
    ear,
    ledger,
    apiKey,
    admin,
    newTenant: (tenant = {}) => onboardTenant({ admin, ear }, tenant),
    async newWorkspace() {
      const id = uuidV7();
      await ledger.query("insert into workspaces (id, name) values ($1, 'Another')", [id]);
      const issued = issueToken(keyring, "key");
      await ensureApiKey(db, { ...issued, workspaceId: id });
      const key = ear.secret(issued.token);
      return { workspaceId: id, apiKey: key, admin: createAdminClient({ baseUrl: localUrl, apiKey: key, ear }) };
    },
    async newKey(role) {
      const [first] = await ledger.query<{ id: string }>("select id from workspaces order by created_at limit 1", []);
      const issued = issueToken(keyring, "key");
      await ensureApiKey(db, { ...issued, workspaceId: first?.id ?? "", role });
      return createAdminClient({ baseUrl: localUrl, apiKey: ear.secret(issued.token), ear });
    },
    async startSecondApi() {
      const second = await boot(openPool());
      closing.push(() => second.api.close());
      return { localUrl: second.localUrl };
    },
    onClose: (close) => void closing.push(close),
    async close() {
      for (const one of closing.reverse()) await one();
      await api.close();
      await Promise.all([queue.close(), dialer.close()]);
      await Promise.all(databases.map((one) => one.close()));
      await ledger.close();
      await database.close();
    },
  };
}

async function onboardTenant(
  { admin, ear }: { admin: AdminClient; ear: Ear },
  tenant: { admin?: AdminClient; provider?: string; name?: string },
): Promise<Tenant> {
  const owner = tenant.admin ?? admin;
  const { body } = await owner.post("/tenants", { name: tenant.name ?? "Acme" });
  const { scim, id: directoryId } = await owner.postSecret(`/tenants/${body.id}/directories`, {
    provider: tenant.provider ?? "generic",
  });
  const { endpointUrl, bearerToken } = scim;
  return {
    id: body.id,
    directoryId,
    endpointUrl,
    bearerToken,
    scim: createScimClient({ endpointUrl, bearerToken, ear }),
  };
}
