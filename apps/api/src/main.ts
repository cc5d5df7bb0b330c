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
  systemClock,
  watchEventLoop,
} from "@muster/runtime";
import { migrateDatabase, openDatabase, refuseOtherKey, refusePooler } from "@muster/store";
import { readConfig } from "./config.ts";
import { startApi } from "./start-api.ts";
import { VERSION } from "./version.ts";

await runProcess({
  name: "muster-api",
  async start() {
    const { gateway, api } = readConfig(process.env);
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
    const logger = createLogger({ name: "api", level: gateway.logLevel, metrics });
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
      applicationName: "muster-api",
      sessions: gateway.pooler ? "shared" : "own",
    });
    await refusePooler(db);
    const keyring = createKeyring(gateway.encryptionKey, gateway.otherEncryptionKeys, gateway.receiptKeys);
    await refuseOtherKey(db, { pepperIds: [...keyring.peppers.keys()], setting: "MUSTER_ENCRYPTION_KEY" });
    const queue = await openQueue(queueSettings, { logger });
    const dialer = createDialer(gateway.egress);
    const running = await startApi(
      {
        db,
        queue,
        dialer,
        logger,
        keyring,
        clock: systemClock,
        crash: createCrashPoints(gateway.crashPoint),
        metrics,
        version: VERSION,
      },
      api,
    );
    // Asked for by the operator at the first start, and the only secret that is ever printed.
    if (running.firstApiKey !== undefined)
      process.stdout.write(`Your first API key, shown this once: ${running.firstApiKey}\n`);
    const portal = running.hasPortal ? " (open it in a browser for the portal)" : "";
    process.stdout.write(`Muster is ready at ${running.url}${portal}\n`);
    return {
      async close() {
        await running.close();
        await Promise.all([queue.close(), dialer.close()]);
        await db.close();
      },
    };
  },
});
