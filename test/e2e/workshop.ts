import { createCrashPoints, createDialer, createMetrics, parseEgressAllow, systemClock } from "@muster/runtime";
import { type SampleApp, type SampleAppOptions, startSampleApp } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
import { startWorker } from "@muster/worker";
import type { Stage, Tenant } from "./stage.ts";

/** A worker beside a stage's api, and an app to push to. */
export type Workshop = {
  app: SampleApp;
  /** Connects a tenant's directory to the app, or to one of its own, with everyone in it. */
  connect(
    tenant: Tenant,
    options?: { app?: SampleApp; settings?: Record<string, unknown> },
  ): Promise<{ connectionId: string }>;
  /** Starts a further app, which the stage closes. */
  startApp(options?: SampleAppOptions): Promise<SampleApp>;
  /** Waits until nothing is left to push. */
  settled(connectionId: string): Promise<void>;
};

function bearerOf(app: SampleApp): { scheme: "bearer"; token: string } {
  const auth = app.auth();
  if (auth.scheme !== "bearer") throw new Error("the sample app speaks bearer");
  return auth;
}

const ROLES = ["viewer", "admin"].map((key) => ({ key, name: key }));

/** Starts a worker and a sample app; the stage closes both. */
export async function openWorkshop(stage: Stage): Promise<Workshop> {
  const app = await startSampleApp();
  const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
  const { db, queue, keyring, logger } = stage;
  const worker = startWorker(
    {
      db,
      queue,
      keyring,
      dialer,
      logger,
      clock: systemClock,
      crash: createCrashPoints(undefined),
      metrics: createMetrics(),
    },
    {
      host: "127.0.0.1",
      port: 0,
      leaseMs: 5_000,
      callMs: 3_000,
      sliceMs: 2_000,
      sweepMs: 200,
      slots: 5,
      tenantInFlight: 16,
      probeMinuteMs: 1_000,
      webhookSlots: 4,
      webhookCallMs: 2_000,
      webhookGiveUpMs: 86_400_000,
      watchMs: 60_000,
      restored: false,
    },
  );
  stage.onClose(async () => {
    await worker.close();
    await dialer.close();
    await app.close();
  });
  stage.ear.secret(bearerOf(app).token);

  return {
    app,
    async startApp(options) {
      const another = await startSampleApp(options);
      stage.ear.secret(bearerOf(another).token);
      stage.onClose(() => another.close());
      return another;
    },
    async connect(tenant, options = {}) {
      const at = options.app ?? app;
      const made = await stage.admin.post("/apps", { name: "Sample", roles: ROLES });
      const { body } = await stage.admin.post(`/tenants/${tenant.id}/connections`, {
        appId: made.body.id,
        directoryId: tenant.directoryId,
        target: { kind: "scim", baseUrl: at.baseUrl, auth: bearerOf(at) },
        ...(options.settings === undefined ? {} : { settings: options.settings }),
      });
      await stage.admin.put(`/connections/${body.id}/assignments`, { everyone: true });
      return { connectionId: body.id };
    },
    async settled(connectionId) {
      await waitFor(async () => (await stage.admin.get(`/connections/${connectionId}/status`)).body.settled === true, {
        timeoutMs: 60_000,
        what: "the connection to settle",
      });
    },
  };
}
