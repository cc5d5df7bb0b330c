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
  redisUrl: Secret | undefined;
  dataDir: string;
  encryptionKey: Buffer | undefined;
  /** Which of the keys that follow from the encryption key signs receipts; those before it are still published. */
  receiptKeys: number;
  egress: EgressPolicy;
  egressAllow: readonly string[];
  logLevel: LogLevel;
  maxConnections: number;
  /** Kills this process at a named point, to prove that nothing is lost: tests only. */
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
  const egressAllow = reader.list("MUSTER_EGRESS_ALLOW", { check: brokenEgressRule });
  return {
    production,
    databaseUrl,
    migrationDatabaseUrl: reader.optionalSecretUrl("MUSTER_MIGRATION_DATABASE_URL", { protocols }),
    redisUrl: reader.optionalSecretUrl("REDIS_URL", { protocols: ["redis", "rediss"] }),
    dataDir: reader.string("MUSTER_DATA_DIR", { default: ".muster" }),
    encryptionKey,
    receiptKeys: reader.integer("MUSTER_RECEIPT_KEY", { default: 1, min: 1, max: 100 }),
    egress: parseEgressAllow(egressAllow.filter((entry) => brokenEgressRule(entry) === null)),
    egressAllow,
    logLevel: reader.oneOf("LOG_LEVEL", logLevels, { default: "info" }),
    maxConnections: reader.integer("MUSTER_DATABASE_CONNECTIONS", { default: 16, min: 2, max: 200 }),
    crashPoint,
  };
}

function brokenEgressRule(entry: string): string | null {
  try {
    parseEgressAllow([entry]);
    return null;
  } catch {
    return "Each entry is a CIDR such as 10.0.0.0/8, one address, or host:port";
  }
}
