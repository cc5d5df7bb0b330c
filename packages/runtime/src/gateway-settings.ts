import type { EgressPolicy } from "./dial/egress-policy.ts";
import { parseEgressAllow } from "./dial/egress-policy.ts";
import { type LogLevel, logLevels } from "./logger.ts";
import type { Secret } from "./secret.ts";
import type { SettingsReader } from "./settings.ts";

/** Settings that the api, the worker and the gateway share; see docs/operate/settings.md. */
export type GatewaySettings = {
  /** DATABASE_URL is set and MUSTER_DEV is not 1: refuse what is only fit for development. */
  production: boolean;
  databaseUrl: Secret | undefined;
  /** Where migrations run with more rights than requests; the database itself unless set. */
  migrationDatabaseUrl: Secret | undefined;
  /** `DATABASE_URL` leads to a pooler that shares sessions between transactions. */
  pooler: boolean;
  redisUrl: Secret | undefined;
  dataDir: string;
  encryptionKey: Buffer | undefined;
  /** Encryption keys before or after it that are understood, and that nothing is written with. */
  otherEncryptionKeys: readonly Buffer[];
  /** Which of the keys that follow from the encryption key signs receipts; those before it are still published. */
  receiptKeys: number;
  egress: EgressPolicy;
  egressAllow: readonly string[];
  logLevel: LogLevel;
  maxConnections: number;
  /** Kills or blocks this process at a named point, to prove that nothing is lost: tests only. */
  crashPoint: string | undefined;
};

const ENCRYPTION_KEY_BYTES = 32;

/** Reads the shared settings; every problem is noted on the reader. */
export function readGatewaySettings(reader: SettingsReader): GatewaySettings {
  const protocols = ["postgres", "postgresql"];
  const databaseUrl = reader.optionalSecretUrl("DATABASE_URL", { protocols });
  const production = databaseUrl !== undefined && !reader.flag("MUSTER_DEV");
  const encryptionKey = reader.optionalSecretBytes("MUSTER_ENCRYPTION_KEY", { bytes: ENCRYPTION_KEY_BYTES });
  if (production && encryptionKey === undefined)
    reader.problem({
      name: "MUSTER_ENCRYPTION_KEY",
      is: "not set",
      rule: "Production needs its own key to seal secrets with",
      fix: "Set it to the output of: openssl rand -base64 32",
    });
  const crashPoint = reader.optionalString("MUSTER_CRASH_POINT");
  if (production && crashPoint !== undefined)
    reader.problem({
      name: "MUSTER_CRASH_POINT",
      is: "set",
      rule: "It kills the process, for tests only",
      fix: "Unset it",
    });
  if (reader.optionalString("NODE_TLS_REJECT_UNAUTHORIZED") === "0")
    reader.problem({
      name: "NODE_TLS_REJECT_UNAUTHORIZED",
      is: "0",
      rule: "Certificates are always checked (V70)",
      fix: "Unset it; a connection may have a CA of its own",
    });
  const migrationDatabaseUrl = reader.optionalSecretUrl("MUSTER_MIGRATION_DATABASE_URL", { protocols });
  const redisUrl = reader.optionalSecretUrl("REDIS_URL", { protocols: ["redis", "rediss"] });
  const pooler = reader.flag("MUSTER_DATABASE_POOLER");
  if (pooler) notePoolerProblems(reader, { databaseUrl, migrationDatabaseUrl, redisUrl });
  const egressAllow = reader.list("MUSTER_EGRESS_ALLOW", { check: brokenEgressRule });
  return {
    production,
    databaseUrl,
    migrationDatabaseUrl,
    pooler,
    redisUrl,
    dataDir: reader.string("MUSTER_DATA_DIR", { default: ".muster" }),
    encryptionKey,
    otherEncryptionKeys: reader.secretBytesList("MUSTER_OTHER_ENCRYPTION_KEYS", { bytes: ENCRYPTION_KEY_BYTES }),
    receiptKeys: reader.integer("MUSTER_RECEIPT_KEY", { default: 1, min: 1, max: 100 }),
    egress: parseEgressAllow(egressAllow.filter((entry) => brokenEgressRule(entry) === null)),
    egressAllow,
    logLevel: reader.oneOf("LOG_LEVEL", logLevels, { default: "info" }),
    maxConnections: reader.integer("MUSTER_DATABASE_CONNECTIONS", { default: 16, min: 2, max: 200 }),
    crashPoint,
  };
}

/** What needs a session of its own cannot go through a pooler: the lock of the migrations, and LISTEN of the doorbell without Redis. */
function notePoolerProblems(
  reader: SettingsReader,
  urls: Pick<GatewaySettings, "databaseUrl" | "migrationDatabaseUrl" | "redisUrl">,
): void {
  const needs = [
    [
      urls.databaseUrl,
      "DATABASE_URL",
      "There is no pooler before the embedded Postgres",
      "Set it to the pooler's address",
    ],
    [
      urls.migrationDatabaseUrl,
      "MUSTER_MIGRATION_DATABASE_URL",
      "With MUSTER_DATABASE_POOLER migrations need a way to Postgres itself, for a lock of their session",
      "Set it to the address of Postgres behind the pooler",
    ],
    [
      urls.redisUrl,
      "REDIS_URL",
      "With MUSTER_DATABASE_POOLER the doorbell needs Redis, since LISTEN does not pass a pooler",
      "Set it to the address of a Redis, or let DATABASE_URL lead to Postgres itself",
    ],
  ] as const;
  for (const [url, name, rule, fix] of needs) if (url === undefined) reader.problem({ name, is: "not set", rule, fix });
}

function brokenEgressRule(entry: string): string | null {
  try {
    parseEgressAllow([entry]);
    return null;
  } catch {
    return "Each entry is a CIDR such as 10.0.0.0/8, one address, or host:port";
  }
}
