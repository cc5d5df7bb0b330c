import type { Keyring } from "@muster/credentials";
import { makeChangeGroup, makeCreateUser } from "@muster/directory";
import type { Queue } from "@muster/queue";
import { type Clock, type CrashPoints, createHealthHandler, type Logger, listen, type Metrics } from "@muster/runtime";
import { ScimError, toErrorBody } from "@muster/scim";
import { type Database, readCredentialEpoch } from "@muster/store";
import express from "express";
import type { ApiDeps } from "./api-deps.ts";
import { ensureFirstApiKey } from "./api-keys.ts";
import type { ApiSettings } from "./config.ts";
import { createAdminEndpoint } from "./http/admin-endpoint.ts";
import { createAuthenticator } from "./http/authenticate.ts";
import { countRequests } from "./http/count-requests.ts";
import { createScimEndpoint } from "./http/scim-endpoint.ts";
import { apiRoutes, scimRoutes } from "./routes.ts";

export type ApiResources = {
  db: Database;
  queue: Queue;
  keyring: Keyring;
  clock: Clock;
  crash: CrashPoints;
  logger: Logger;
  metrics: Metrics;
  version: string;
};

export type RunningApi = {
  url: string;
  /** The first API key in clear, on the very first start only. */
  firstApiKey: string | undefined;
  close(): Promise<void>;
};

/** Starts the HTTP side: SCIM endpoints, admin API, health and metrics. */
export async function startApi(resources: ApiResources, settings: ApiSettings): Promise<RunningApi> {
  const { db, queue, keyring, clock, logger, metrics } = resources;
  const firstApiKey = await ensureFirstApiKey({ db, keyring }, settings.bootstrapApiKey);
  const authenticator = createAuthenticator({ db, keyring, clock, logger });
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  // The address is known once the port is: handlers read it from here.
  const address = { publicUrl: settings.publicUrl ?? "" };
  const deps: ApiDeps = {
    db,
    keyring,
    clock,
    logger,
    get publicUrl() {
      return address.publicUrl;
    },
    createUser: makeCreateUser({ db, crash: resources.crash }),
    changeGroup: makeChangeGroup({ db }),
    ring(tenantId, marked) {
      queue.ring(marked.connectionIds.map((connectionId) => ({ tenantId, connectionId, removal: marked.removal })));
    },
  };
  const server = await listen({ handler: app, host: settings.host, port: settings.port, onParseError: parseErrorBody });
  address.publicUrl ||= server.url;
  const health = createHealthHandler({ metrics, ready: () => readiness(db, queue) });
  app.use(countRequests(metrics));
  app.use((req, res, next) => {
    if (!health(req, res)) next();
  });
  const scim = createScimEndpoint(deps, authenticator, scimRoutes);
  const admin = createAdminEndpoint(deps, authenticator, apiRoutes, resources.version);
  app.use((req, res) => (req.url.startsWith("/scim/") ? scim(req, res) : admin(req, res)));
  return {
    url: address.publicUrl,
    firstApiKey,
    async close() {
      await server.close();
      await authenticator.close();
    },
  };
}

async function readiness(db: Database, queue: Queue): Promise<{ ok: boolean; checks: Record<string, string> }> {
  const database = await readCredentialEpoch(db).then(
    () => "ok",
    () => "unreachable",
  );
  // The doorbell is shown but does not count: without it everything still works, a little later.
  return { ok: database === "ok", checks: { database, doorbell: queue.health().detail } };
}

/** A broken request shows no path, so it is answered as SCIM clients need it (V62). */
function parseErrorBody(status: number): { contentType: string; body: string } {
  const detail = "The request could not be read as HTTP, or took too long";
  return {
    contentType: "application/scim+json",
    body: JSON.stringify(toErrorBody(new ScimError(status, undefined, detail))),
  };
}
