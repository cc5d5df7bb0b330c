import { randomBytes, randomInt } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AppAuth } from "./app-auth.ts";
import { type AppState, createAppState, userResource } from "./app-state.ts";
import { createFaultBoard } from "./fault-board.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { parseUser, roleValues } from "./parse-user.ts";
import type { AppUser, SampleApp, SampleAppOptions } from "./sample-app.ts";
import type { EndpointRules } from "./scim-endpoint.ts";
import { serveControl } from "./serve-control.ts";
import { type ScimServerDeps, serveScim } from "./serve-scim.ts";

/**
 * Starts a strict SCIM 2.0 server that plays a SaaS app, with a ledger of all requests and faults on demand.
 *
 * @throws if the port cannot be had
 * @see RFC 7643, RFC 7644
 */
export async function startSampleApp(options: SampleAppOptions = {}): Promise<SampleApp> {
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const state = createAppState({ nextId: idMaker(options.ids ?? "plain"), uniqueNames: options.uniqueNames ?? true });
  const ledger = createLedger({ now }, { keep: "entries", maxEntries: 100_000, ...options.ledger });
  const faults = createFaultBoard({ now, random: options.random ?? randomFraction });
  faults.set(options.faults ?? []);
  let auth: AppAuth = options.auth ?? { scheme: "bearer", token: randomBytes(24).toString("base64url") };

  const server = createServer();
  server.keepAliveTimeout = 65_000;
  const address = await listen(server, options.host ?? "127.0.0.1", options.port ?? 0);
  const basePath = options.basePath ?? "/scim/v2";
  const rules = rulesOf(options, `http://${address}${basePath}`);
  const app: SampleApp = {
    baseUrl: rules.baseUrl,
    controlUrl: `http://${address}/__control`,
    address,
    auth: () => auth,
    setAuth(next) {
      auth = next;
    },
    ...views(state, ledger, rules.baseUrl),
    faults,
    ...byHand(state, rules, now),
    reset() {
      state.clear();
      ledger.clear();
    },
    close: () => close(server),
  };
  const maxBodyBytes = options.maxBodyBytes ?? 1_000_000;
  const deps: ScimServerDeps = { state, rules, ledger, faults, auth: () => auth, now, maxBodyBytes };
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    serve(app, deps, basePath, request, response).catch(() => response.destroy());
  });
  return app;
}

async function serve(
  app: SampleApp,
  deps: ScimServerDeps,
  basePath: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? "/";
  const cut = url.indexOf("?");
  const path = cut === -1 ? url : url.slice(0, cut);
  const query = cut === -1 ? "" : url.slice(cut + 1);
  if (path.startsWith("/__control/")) {
    await serveControl(app, { path: path.slice("/__control/".length), query }, request, response);
  } else {
    // A path outside the base is answered, and noted, like any other unknown one.
    const below = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : `//${path}`;
    await serveScim(deps, { path: below, query }, request, response);
  }
}

function rulesOf(options: SampleAppOptions, baseUrl: string): EndpointRules {
  return {
    baseUrl,
    groups: options.groups ?? true,
    userPatchStatus: options.userPatchStatus ?? 200,
    maxResults: options.maxResults ?? 200,
    removeByValue: options.removeByValue ?? "refuse",
    maxMembersPerRequest: options.maxMembersPerRequest ?? Number.POSITIVE_INFINITY,
    ...(options.extraSchemas !== undefined && { extraSchemas: options.extraSchemas }),
    ...(options.roleKeys !== undefined && { roleKeys: options.roleKeys }),
  };
}

type Views = "users" | "user" | "groups" | "ledger" | "clearLedger" | "counts" | "duplicates";

function views(state: AppState, ledger: Ledger, baseUrl: string): Pick<SampleApp, Views> {
  return {
    users: () => [...state.usersById.values()].map((record) => appUser(userResource(record, baseUrl), record)),
    user(userName) {
      const record = state.usersByUserName.find(userName.toLowerCase())[0];
      return record === undefined ? undefined : appUser(userResource(record, baseUrl), record);
    },
    groups: () =>
      [...state.groupsById.values()].map(({ id, attributes, members }) => ({
        id,
        displayName: attributes.displayName,
        externalId: attributes.externalId,
        members: [...members.keys()],
      })),
    ledger: (afterSeq) => ledger.entries(afterSeq),
    clearLedger: () => ledger.clear(),
    counts: () => ({
      ...ledger.counts(),
      users: state.usersById.size,
      activeUsers: state.usersById.values().reduce((sum, user) => sum + (user.attributes.active ? 1 : 0), 0),
      groups: state.groupsById.size,
      duplicates: state.duplicates.count(),
    }),
    duplicates: () => state.duplicates.list(),
  };
}

type Identified = { id: string; attributes: { userName: string; externalId?: string; active: boolean } };

function appUser(raw: JsonObject, { id, attributes }: Identified): AppUser {
  const { userName, externalId, active } = attributes;
  return { id, userName, externalId, active, roles: roleValues(raw["roles"]), raw };
}

type ByHand = "putUserByHand" | "deleteUserByHand";

function byHand(state: AppState, rules: EndpointRules, now: () => number): Pick<SampleApp, ByHand> {
  return {
    putUserByHand(body) {
      const withSchemas = isJsonObject(body)
        ? { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], ...body }
        : body;
      const attributes = parseUser(withSchemas, rules);
      const present = state.usersByUserName.find(attributes.userName.toLowerCase())[0];
      if (present !== undefined) state.updateUser(present, attributes, now());
      const record = present ?? state.insertUser(attributes, now(), { hiddenMs: 0, uncountedMs: 0 });
      return appUser(userResource(record, rules.baseUrl), record);
    },
    deleteUserByHand(userName) {
      const record = state.usersByUserName.find(userName.toLowerCase())[0];
      if (record !== undefined) state.deleteUser(record);
      return record !== undefined;
    },
  };
}

function idMaker(style: "plain" | "odd"): () => string {
  // The salt keeps ids of two apps apart, so that a mixed-up id is a 404 and not somebody else.
  const salt = randomBytes(4).toString("hex");
  let made = 0;
  return () => {
    made += 1;
    const number = made.toString(36);
    return style === "plain" ? `acc_${salt}_${number}` : `acc&${number}=${salt}/a b?c%2F+d#é`;
  };
}

function randomFraction(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const bound = server.address();
      const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
      resolve(`${host.includes(":") ? `[${host}]` : host}:${boundPort}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
