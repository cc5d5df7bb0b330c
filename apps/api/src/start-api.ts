import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createIdentityProvider, type Keyring } from "@muster/credentials";
import { makeChangeGroup, makeChangeUser, makeCreateUser, makeListUsers, makeReadUser } from "@muster/directory";
import { createPolicyPreparer } from "@muster/provisioning";
import type { Queue } from "@muster/queue";
import {
  type Clock,
  type CrashPoints,
  createHealthHandler,
  type Dialer,
  type Logger,
  listen,
  type Metrics,
} from "@muster/runtime";
import { ScimError, toErrorBody } from "@muster/scim";
import { type Database, readCredentialEpoch } from "@muster/store";
import express from "express";
import { openStatuses } from "./admin/read-status.ts";
import type { ApiDeps } from "./api-deps.ts";
import { ensureFirstApiKey } from "./api-keys.ts";
import type { ApiSettings } from "./config.ts";
import { createAdminEndpoint } from "./http/admin-endpoint.ts";
import { type Authenticator, createAuthenticator } from "./http/authenticate.ts";
import { createBrandingEndpoint, isBrandingPath, readFrameOrigin } from "./http/branding-endpoint.ts";
import { type Browser, createBrowserReader } from "./http/browser.ts";
import { type Caller, createCallerReader } from "./http/caller.ts";
import { createConsentEndpoint, isConsentPath } from "./http/consent-endpoint.ts";
import { countRequests } from "./http/count-requests.ts";
import { createOAuthEndpoint } from "./http/oauth-endpoint.ts";
import { createPortalFiles, withPortal } from "./http/portal-files.ts";
import { createScimEndpoint } from "./http/scim-endpoint.ts";
import { createSessionEndpoint, isSessionPath } from "./http/session-endpoint.ts";
import { createSignInEndpoint, isSignInPath } from "./http/sign-in-endpoint.ts";
import type { SignInProvider } from "./http/sign-ins.ts";
import { recordRequests } from "./request-log/record-requests.ts";
import { apiRoutes, scimRoutes } from "./routes.ts";

export type ApiResources = {
  db: Database;
  queue: Queue;
  /** The way out to the identity provider of the app owner's people. */
  dialer: Dialer;
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
  /** Whether there is a portal to open at `url`. */
  hasPortal: boolean;
  close(): Promise<void>;
};

/** Starts the HTTP side: SCIM endpoints, admin API, portal, health and metrics. */
export async function startApi(resources: ApiResources, settings: ApiSettings): Promise<RunningApi> {
  const { db, queue, keyring, clock, logger, metrics } = resources;
  const firstApiKey = await ensureFirstApiKey({ db, keyring }, settings.bootstrapApiKey);
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
    statuses: openStatuses(resources),
    prepare: createPolicyPreparer(),
    createUser: makeCreateUser({ db, crash: resources.crash }),
    changeUser: makeChangeUser({ db }),
    readUser: makeReadUser({ db }),
    listUsers: makeListUsers({ db }),
    changeGroup: makeChangeGroup({ db }),
    ring(tenantId, marked) {
      queue.ring(marked.connectionIds.map((connectionId) => ({ tenantId, connectionId, removal: marked.removal })));
    },
  };
  const authenticator = await createAuthenticator(
    {
      db,
      keyring,
      clock,
      logger,
      publicUrl: () => address.publicUrl,
      signInProvider: openProvider(resources, settings),
    },
    settings.limits,
  );
  const callerOf = createCallerReader(settings.trustedProxies);
  const requestLog = recordRequests({ db, clock, logger, metrics });
  const scim = createScimEndpoint(deps, { authenticator, callerOf, requestLog, routes: scimRoutes });
  const count = countRequests(metrics);
  const handler = (req: IncomingMessage, res: ServerResponse): void => {
    count(req, res);
    // Straight to the endpoint: a router in between would do nothing for it, and identity providers ask most.
    if (req.url?.startsWith("/scim/") === true) scim(req, res);
    else app(req, res);
  };
  const server = await listen({ handler, host: settings.host, port: settings.port, onParseError: parseErrorBody });
  address.publicUrl ||= server.url;
  const health = createHealthHandler({ metrics, ready: () => readiness(db, queue) });
  app.use((req, res, next) => {
    if (!health(req, res)) next();
  });
  const publicUrl = () => address.publicUrl;
  const read = { callerOf, browserOf: createBrowserReader(publicUrl) };
  const framedBy = async (linkId: string, req: IncomingMessage): Promise<string | null> => {
    authenticator.lookAtLink(callerOf(req));
    return await readFrameOrigin(db, linkId);
  };
  const portal = createPortalFiles({ logger, publicUrl, framedBy });
  app.use(withPortal(portal, createSurfaces(deps, authenticator, read, resources.version)));
  return {
    url: address.publicUrl,
    firstApiKey,
    hasPortal: portal.isThere,
    async close() {
      deps.statuses.close();
      await server.close();
      await Promise.all([authenticator.close(), requestLog.close()]);
    },
  };
}

/** What is asked for by paths of its own, before the admin API, which answers everything else. */
function createSurfaces(
  deps: ApiDeps,
  authenticator: Authenticator,
  read: { callerOf(req: IncomingMessage): Caller; browserOf(req: IncomingMessage): Browser },
  version: string,
): RequestListener {
  const oauth = createOAuthEndpoint(deps, authenticator, read.callerOf);
  const consent = createConsentEndpoint(deps, authenticator, read);
  const session = createSessionEndpoint(deps, authenticator, read);
  const signIn = createSignInEndpoint(deps, authenticator.signIns, read);
  const branding = createBrandingEndpoint(deps, authenticator, read.callerOf);
  const admin = createAdminEndpoint(deps, authenticator, read, { routes: apiRoutes, version });
  return (req, res) => {
    const url = req.url ?? "";
    if (isConsentPath(url)) consent(req, res);
    else if (isBrandingPath(url)) branding(req, res);
    else if (url.startsWith("/oauth/")) oauth(req, res);
    else if (isSessionPath(url)) session(req, res);
    else if (isSignInPath(url)) signIn(req, res);
    else admin(req, res);
  };
}

function openProvider(
  { dialer, clock }: Pick<ApiResources, "dialer" | "clock">,
  { signIn }: Pick<ApiSettings, "signIn">,
): SignInProvider | null {
  if (signIn === undefined) return null;
  const { name, allowedDomains } = signIn;
  return { name, allowedDomains, ...createIdentityProvider({ dialer, clock }, signIn) };
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
