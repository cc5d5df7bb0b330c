import { createKeyring } from "@muster/credentials";
import { migrateQueue, openQueue } from "@muster/queue";
import {
  createCrashPoints,
  createDialer,
  createLogger,
  createMetrics,
  reveal,
  runProcess,
  SettingsError,
  serveHealth,
  systemClock,
  watchEventLoop,
} from "@muster/runtime";
import { migrateDatabase, openDatabase, readCredentialEpoch, refuseOtherKey, refusePooler } from "@muster/store";
import { readConfig } from "./config.ts";
import { startWorker } from "./start-worker.ts";

await runProcess({
  name: "muster-worker",
  async start() {
    const { gateway, worker } = readConfig(process.env);
    if (gateway.databaseUrl === undefined || gateway.encryptionKey === undefined)
      throw new SettingsError([
        {
          name: gateway.databaseUrl === undefined ? "DATABASE_URL" : "MUSTER_ENCRYPTION_KEY",
          is: "not set",
          rule: "Processes that run apart share one database and one key",
          fix: "Set it for the api and the worker alike, or run everything in one process with npm start",
        },
      ]);
    const metrics = createMetrics({ withProcess: true });
    const logger = createLogger({ name: "worker", level: gateway.logLevel, metrics });
    watchEventLoop({ metrics, logger, clock: systemClock });
    const url = reveal(gateway.databaseUrl);
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
      applicationName: "muster-worker",
      sessions: gateway.pooler ? "shared" : "own",
    });
    await refusePooler(db);
    const keyring = createKeyring(gateway.encryptionKey, gateway.otherEncryptionKeys);
    await refuseOtherKey(db, { pepperIds: [...keyring.peppers.keys()], setting: "MUSTER_ENCRYPTION_KEY" });
    const queue = await openQueue(queueSettings, { logger });
    const dialer = createDialer(gateway.egress);
    const running = startWorker(
      {
        db,
        queue,
        dialer,
        logger,
        metrics,
        keyring,
        clock: systemClock,
        crash: createCrashPoints(gateway.crashPoint),
      },
      worker,
    );
    const health = await serveHealth({
      host: worker.host,
      port: worker.port,
      metrics,
      async ready() {
        const database = await readCredentialEpoch(db).then(
          () => "ok",
          () => "unreachable",
        );
        return { ok: database === "ok", checks: { database, doorbell: queue.health().detail } };
      },
    });
    logger.info({ url: health.url, egressAllow: gateway.egressAllow }, "the worker is ready");
    return {
      async close() {
        await running.close();
        await Promise.all([health.close(), queue.close(), dialer.close()]);
        await db.close();
      },
    };
  },
});
