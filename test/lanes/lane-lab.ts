import { createTokenCache, type TargetAuth, type TargetTls } from "@muster/connectors";
import type { Keyring } from "@muster/credentials";
import { createApp, createDirectory, createTenant, type DirectoryScope, makeCreateUser } from "@muster/directory";
import {
  type ConnectionSettings,
  createConnection,
  createPolicyPreparer,
  type DrainDeps,
  drainLane,
  type Owner,
  openConnector,
} from "@muster/provisioning";
import { createCrashPoints, createDialer, createLogger, parseEgressAllow, systemClock, uuidV7 } from "@muster/runtime";
import type { Json, UserState } from "@muster/scim";
import { type SampleApp, type SampleAppOptions, startSampleApp } from "@muster/simulator";
import { type Database, ensureWorkspace, inTenant, sweepLanes, type UserRecord } from "@muster/store";
import { takeLabDatabase } from "./lab-database.ts";

/** A tenant with a directory, a sample app and the lane between them: the engine without HTTP in front or a queue. */
export type LaneLab = {
  db: Database;
  databaseUrl: string;
  app: SampleApp;
  keyring: Keyring;
  openConnector: DrainDeps["openConnector"];
  owner: Owner;
  scope: DirectoryScope;
  connectionId: string;
  createUser(user: Partial<UserState> & { userName: string }): Promise<UserRecord>;
  /** One drain of the lane, as a worker does it. */
  drainOnce(change?: Partial<DrainDeps>): Promise<{ again: boolean }>;
  /** Sweeps and drains until nothing is due now. */
  drain(change?: Partial<DrainDeps>): Promise<void>;
  /** Makes everything that waits for a later time due now, instead of waiting for it. */
  passTime(): Promise<void>;
  close(): Promise<void>;
};

/** Another app than the sample app, with the key of its profile; its connection begins as the profile says. */
export type OtherApp = {
  kind?: string;
  profile: string | null;
  address: string;
  baseUrl: string;
  auth: TargetAuth;
  tls?: TargetTls;
  options?: Json;
};

export const ROLES = ["viewer", "editor", "admin"].map((key) => ({ key, name: key }));

/** Another sign-in than the sample app's own, with what else may be dialled for it. */
export type LabSignIn = {
  addresses: string[];
  baseUrl?: (app: SampleApp) => string;
  auth: TargetAuth;
  tls?: TargetTls;
};

export async function openLaneLab(
  options: {
    app?: SampleAppOptions;
    settings?: Partial<ConnectionSettings>;
    other?: OtherApp;
    signIn?: LabSignIn;
  } = {},
): Promise<LaneLab> {
  const database = await takeLabDatabase();
  const { db, keyring } = database;
  const app = await startSampleApp(options.app);
  const tokens = createTokenCache(() => systemClock.now());
  const dialer = createDialer(
    parseEgressAllow([
      app.address,
      ...(options.other === undefined ? [] : [options.other.address]),
      ...(options.signIn?.addresses ?? []),
    ]),
  );
  const workspaceId = await ensureWorkspace(db, { id: uuidV7(), name: "Lab" });
  const workspace = { workspaceId, actor: "test" };
  const saas = await createApp({ db }, workspace, { name: "Sample", roles: ROLES });
  const tenant = await createTenant({ db }, workspace, { name: "Acme", externalId: null });
  const owner: Owner = { ...workspace, tenantId: tenant.id };
  const { directory } = await createDirectory({ db, keyring }, owner, {
    provider: "jumpcloud",
    name: "JumpCloud",
  });
  const auth = app.auth();
  if (auth.scheme === "none") throw new Error("The lab signs in");
  const { baseUrl, ...signIn } = { auth, ...options.signIn };
  const own = { profile: null, baseUrl: baseUrl?.(app) ?? app.baseUrl, ...signIn };
  const { profile, tls, ...target } = options.other ?? own;
  const connection = await createConnection({ db, keyring }, owner, {
    appId: saas.id,
    directoryId: directory.id,
    name: null,
    profile,
    target: {
      kind: options.other?.kind ?? "scim",
      baseUrl: target.baseUrl,
      auth: target.auth,
      ...(tls === undefined ? {} : { tls }),
      options: options.other?.options ?? null,
    },
    settings: options.settings ?? {},
  });
  const scope = { tenantId: tenant.id, directoryId: directory.id, actor: "test" };
  const createUser = makeCreateUser({ db });
  const deps: DrainDeps = {
    db,
    clock: systemClock,
    crash: createCrashPoints(undefined),
    random: () => 0,
    logger: createLogger({ name: "lab", level: "silent" }),
    owner: "lab",
    prepare: createPolicyPreparer(),
    openConnector: (tenantId, connectionId) =>
      openConnector(
        { db, keyring, dialer, tokens, clock: systemClock, crash: createCrashPoints(undefined) },
        tenantId,
        connectionId,
      ),
    timing: { leaseMs: 20_000, callMs: 5_000, sliceMs: 2_000, probeMinuteMs: 60_000 },
  };
  const drainOnce = (change: Partial<DrainDeps> = {}) =>
    drainLane({ ...deps, ...change }, connection.id, new AbortController().signal);
  return {
    db,
    databaseUrl: database.url,
    app,
    keyring,
    openConnector: deps.openConnector,
    owner,
    scope,
    connectionId: connection.id,
    drainOnce,
    async createUser(user) {
      const state = { externalId: null, active: true, attributes: {}, ...user };
      return (await createUser(scope, state)).value.record;
    },
    async drain(change) {
      // Marks are absorbed by the sweep; `again` says that a slice ended with work left.
      for (let due = true; due; ) {
        const { again } = await drainOnce(change);
        due = again || (await sweepLanes(db, 10)).length > 0;
      }
    },
    async passTime() {
      await inTenant(db, tenant.id, (tx) =>
        tx.named({ name: "pass-time", text: "update accounts set due_at = now() where due_at > now()" }, []),
      );
      await db.pool.query("update remote_groups set due_at = now() where due_at > now()");
      await db.pool.query("update remote_group_members set retry_at = now() where retry_at > now()");
      await db.pool.query("update lanes set held_until = null, due_at = now()");
    },
    async close() {
      await app.close();
      await dialer.close();
      await database.giveBack();
    },
  };
}

/** userName to "active" or "inactive", with the role: the app's end state in one line a person. */
export function peopleIn(app: SampleApp): Record<string, string> {
  return Object.fromEntries(
    app
      .users()
      .map((user) => [
        user.userName,
        `${user.active ? "active" : "inactive"}${user.roles.length > 0 ? ` ${user.roles.join("+")}` : ""}`,
      ]),
  );
}
