import { writeFile } from "node:fs/promises";
import path from "node:path";
import { readApiSettings, startApi, VERSION } from "@muster/api";
import { createKeyring, loadOrCreateMasterKey } from "@muster/credentials";
import { migrateQueue, openQueue } from "@muster/queue";
import {
  createCrashPoints,
  createDialer,
  createLogger,
  createMetrics,
  readGatewaySettings,
  readSettings,
  reveal,
  runProcess,
  startEmbeddedPostgres,
  systemClock,
  watchEventLoop,
} from "@muster/runtime";
import { migrateDatabase, openDatabase, refuseOtherKey, refusePooler } from "@muster/store";
import { readWorkerSettings, startWorker } from "@muster/worker";

// Everything in one process: the embedded default, development and small installs.
await runProcess({
  name: "muster",
  async start() {
    const settings = readSettings(process.env, (reader) => {
      const gateway = readGatewaySettings(reader);
      return { gateway, api: readApiSettings(reader, gateway), worker: readWorkerSettings(reader) };
    });
    const { gateway } = settings;
    const metrics = createMetrics({ withProcess: true });
    const logger = createLogger({ name: "muster", level: gateway.logLevel, metrics });
    watchEventLoop({ metrics, logger, clock: systemClock });
    const embedded =
      gateway.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: gateway.dataDir, logger }) : undefined;
    const url = gateway.databaseUrl === undefined ? (embedded?.url ?? "") : reveal(gateway.databaseUrl);
    if (embedded !== undefined)
      await writeFile(path.join(gateway.dataDir, "database-url"), embedded.url, { mode: 0o600 });
    const masterKey = gateway.encryptionKey ?? (await loadOrCreateMasterKey(gateway.dataDir));
    const migrationUrl = gateway.migrationDatabaseUrl === undefined ? url : reveal(gateway.migrationDatabaseUrl);
    await migrateDatabase({ url: migrationUrl, log: (line) => logger.info({}, line) });
    const queueSettings =
      gateway.redisUrl === undefined
        ? ({ kind: "postgres", connectionString: url } as const)
        : ({ kind: "redis", url: reveal(gateway.redisUrl), production: gateway.production } as const);
    await migrateQueue(
      queueSettings.kind === "postgres" ? { ...queueSettings, connectionString: migrationUrl } : queueSettings,
    );
    const db = openDatabase({
      url,
      maxConnections: gateway.maxConnections,
      applicationName: "muster",
      sessions: gateway.pooler ? "shared" : "own",
    });
    await refusePooler(db);
    const keyring = createKeyring(masterKey, gateway.otherEncryptionKeys, gateway.receiptKeys);
    const isFromFile = gateway.encryptionKey === undefined;
    const setting = isFromFile ? path.join(gateway.dataDir, "encryption-key") : "MUSTER_ENCRYPTION_KEY";
    await refuseOtherKey(db, { pepperIds: [...keyring.peppers.keys()], setting });
    const queue = await openQueue(queueSettings, { logger });
    const dialer = createDialer(gateway.egress);
    const shared = {
      db,
      queue,
      dialer,
      logger,
      keyring,
      clock: systemClock,
      crash: createCrashPoints(gateway.crashPoint),
      metrics,
      version: VERSION,
    };
    const worker = startWorker(shared, settings.worker);
    const api = await startApi(shared, settings.api);
    if (gateway.egressAllow.length > 0) logger.info({ egressAllow: gateway.egressAllow }, "pushes may also go here");
    if (api.firstApiKey !== undefined)
      process.stdout.write(`Your first API key, shown this once: ${api.firstApiKey}\n`);
    const portal = api.hasPortal ? " (open it in a browser for the portal)" : "";
    process.stdout.write(`Muster is ready at ${api.url}${portal}\n`);
    return {
      async close() {
        await api.close();
        await worker.close();
        await Promise.all([queue.close(), dialer.close()]);
        await db.close();
        await embedded?.close();
      },
    };
  },
});
