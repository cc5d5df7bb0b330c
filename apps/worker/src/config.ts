import {
  type Environment,
  type GatewaySettings,
  readGatewaySettings,
  readSettings,
  type SettingsReader,
} from "@muster/runtime";

export type WorkerSettings = {
  host: string;
  port: number;
  leaseMs: number;
  callMs: number;
  sliceMs: number;
  sweepMs: number;
  slots: number;
  /** Calls in flight for one tenant in this process. */
  tenantInFlight: number;
  probeMinuteMs: number;
  /** Lanes of webhooks worked on at once; they have places of their own. */
  webhookSlots: number;
  webhookCallMs: number;
  /** How long one event may fail before it is given up, or its webhook disabled. */
  webhookGiveUpMs: number;
  /** How often lanes and directories are looked at for alarms. */
  watchMs: number;
  /** The database was restored while apps went on: compare, and send nothing. */
  restored: boolean;
};

/** Reads the worker's own settings; the defaults are the published numbers. */
export function readWorkerSettings(reader: SettingsReader): WorkerSettings {
  const settings = {
    host: reader.string("HOST", { default: "127.0.0.1" }),
    port: reader.port("MUSTER_WORKER_PORT", { default: 8081 }),
    leaseMs: reader.integer("MUSTER_LEASE_MS", { default: 40_000, min: 1_000, max: 600_000 }),
    callMs: reader.integer("MUSTER_CALL_TIMEOUT_MS", { default: 25_000, min: 200, max: 300_000 }),
    sliceMs: reader.integer("MUSTER_SLICE_MS", { default: 2_000, min: 100, max: 60_000 }),
    sweepMs: reader.integer("MUSTER_SWEEP_MS", { default: 1_000, min: 100, max: 60_000 }),
    slots: reader.integer("MUSTER_WORKER_SLOTS", { default: 32, min: 2, max: 256 }),
    tenantInFlight: reader.integer("MUSTER_TENANT_IN_FLIGHT", { default: 16, min: 1, max: 1_024 }),
    probeMinuteMs: reader.integer("MUSTER_PROBE_MINUTE_MS", { default: 60_000, min: 10, max: 60_000 }),
    webhookSlots: reader.integer("MUSTER_WEBHOOK_SLOTS", { default: 8, min: 1, max: 256 }),
    webhookCallMs: reader.integer("MUSTER_WEBHOOK_TIMEOUT_MS", { default: 15_000, min: 200, max: 25_000 }),
    webhookGiveUpMs: reader.integer("MUSTER_WEBHOOK_GIVE_UP_MS", {
      default: 259_200_000,
      min: 100,
      max: 2_147_483_647,
    }),
    watchMs: reader.integer("MUSTER_WATCH_MS", { default: 60_000, min: 100, max: 600_000 }),
    restored: reader.flag("MUSTER_RESTORED"),
  };
  // A request must end before the lease it was sent under can, or two workers write at once.
  if (settings.callMs * 1.5 > settings.leaseMs)
    reader.problem({
      name: "MUSTER_CALL_TIMEOUT_MS",
      is: `"${settings.callMs}"`,
      rule: `One call must fit well into the lease: at most two thirds of MUSTER_LEASE_MS, now ${settings.leaseMs}`,
      fix: "Lower it, or raise MUSTER_LEASE_MS",
    });
  settings.webhookCallMs = Math.min(settings.webhookCallMs, settings.callMs);
  return settings;
}

/** Reads all settings of a worker process. */
export function readConfig(env: Environment): { gateway: GatewaySettings; worker: WorkerSettings } {
  return readSettings(env, (reader) => ({ gateway: readGatewaySettings(reader), worker: readWorkerSettings(reader) }));
}
