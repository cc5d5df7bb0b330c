import { isUuid } from "@muster/runtime";
import {
  type Compilable,
  type CompiledQuery,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from "kysely";
import pg from "pg";
import { batchedSocket } from "./batched-socket.ts";
import type { Tables, TenantId, WorkspaceId } from "./tables.ts";

/** One pool per process; every statement goes through `inTenant`, `inWorkspace` or `inSystem`. */
export type Database = { readonly pool: pg.Pool; readonly sessions: Sessions; close(): Promise<void> };

/**
 * Whose the sessions of the pool are. `own`: limits are set once for a connection and statements are prepared by name.
 * `shared`: a pooler gives each transaction whatever session is free (PgBouncer's transaction mode), so that nothing outlives a transaction.
 */
export type Sessions = "own" | "shared";

/** A statement written once as SQL text and prepared by name: for the hot few. `values` are its parameters. */
export type NamedStatement<Row> = { readonly name: string; readonly text: string; readonly row?: Row };

/** What store functions need of a transaction. */
export type Statements = {
  /** Builds statements with types; `run` sends them. */
  readonly sql: Kysely<Tables>;
  run<Row>(statement: Compilable<Row>): Promise<Row[]>;
  named<Row>(statement: NamedStatement<Row>, values: readonly unknown[]): Promise<Row[]>;
};

/** An open transaction with its role and scope set. */
export type Tx = Statements & {
  /** The same transaction, for its last statement: the commit travels with it and saves a round trip. */
  readonly last: Statements;
};

/** The database cannot be reached, is starting, or has no room: the caller may try again soon. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

export type DatabaseSettings = {
  url: string;
  maxConnections: number;
  applicationName: string;
  /** `own` unless told. */
  sessions?: Sessions;
  /** Called for errors of idle connections, which have no caller to throw to. */
  onIdleError?: (error: Error) => void;
};

const INT8_OID = 20;
/** Versions, generations and counts stay far below 2^53, so int8 is read as a number. */
const int8AsNumber: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === INT8_OID && format !== "binary" ? Number : pg.types.getTypeParser(oid, format),
};

/** A stuck caller must not take the others with it. */
const LIMITS = { statement_timeout: 10_000, lock_timeout: 2_000, idle_in_transaction_session_timeout: 5_000 };
const LIMITS_OF_A_TRANSACTION = Object.entries(LIMITS)
  .map(([name, ms]) => `; set local ${name} = ${ms}`)
  .join("");

/**
 * Opens the process's one pool. Waits are bounded: 2 s for a connection or a lock, 10 s for a statement, 5 s idle in a
 * transaction, so that one stuck caller cannot take the others with it.
 */
export function openDatabase(settings: DatabaseSettings): Database {
  const { sessions = "own" } = settings;
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: settings.maxConnections,
    application_name: settings.applicationName,
    connectionTimeoutMillis: 2_000,
    // A pooler refuses parameters that it does not know how to carry from one session to another.
    ...(sessions === "own" ? LIMITS : {}),
    types: int8AsNumber,
    // Statements go out without waiting for the answers before them; so BEGIN and COMMIT cost no round trip of their own.
    pipeline: true,
    stream: batchedSocket,
  });
  pool.on("error", (error) => settings.onIdleError?.(error));
  // In use, a connection whose backend dies also emits an error, which would end the process; its statements tell (V90).
  pool.on("connect", (client) => client.on("error", () => undefined));
  return { pool, sessions, close: () => pool.end() };
}

const neverRuns = (): never => {
  throw new Error("Statements are built here and sent by tx.run(), never by execute()");
};
const compilerOnly: Driver = {
  init: async () => {},
  destroy: async () => {},
  acquireConnection: neverRuns,
  beginTransaction: neverRuns,
  commitTransaction: neverRuns,
  rollbackTransaction: neverRuns,
  releaseConnection: async () => {},
};
const builder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => compilerOnly,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Runs `work` in one transaction that sees this tenant only (and, when named, its workspace's apps). */
export async function inTenant<T>(
  db: Database,
  tenantId: TenantId,
  work: (tx: Tx) => Promise<T>,
  workspaceId?: WorkspaceId,
): Promise<T> {
  const scope = workspaceId === undefined ? "" : `; set local muster.workspace_id = '${checked(workspaceId)}'`;
  return await transaction(db, `; set local muster.tenant_id = '${checked(tenantId)}'${scope}`, work);
}

/**
 * Like `inTenant`, for the work of one request: what it marks, notes and records in an audit carries the request's trace on
 * to the app. The trace travels with BEGIN, so it costs no statement.
 */
export async function inTrace<T>(
  db: Database,
  scope: { tenantId: TenantId; traceId?: string | undefined },
  work: (tx: Tx) => Promise<T>,
  workspaceId?: WorkspaceId,
): Promise<T> {
  const { tenantId, traceId } = scope;
  if (traceId === undefined) return await inTenant(db, tenantId, work, workspaceId);
  const workspace = workspaceId === undefined ? "" : `; set local muster.workspace_id = '${checked(workspaceId)}'`;
  const begin = `; set local muster.tenant_id = '${checked(tenantId)}'; set local muster.trace_id = '${checkedTrace(traceId)}'`;
  return await transaction(db, begin + workspace, work);
}

/** Runs `work` in one transaction that sees this workspace's apps and tenants, and no tenant's rows. */
export async function inWorkspace<T>(db: Database, workspaceId: WorkspaceId, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await transaction(db, `; set local muster.workspace_id = '${checked(workspaceId)}'`, work);
}

/** Runs `work` before any tenant is known: only the functions of `before-tenant.ts` may use it. */
export async function inSystem<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await transaction(db, "", work);
}

/**
 * Runs one statement for each of several tenants in one transaction, each under its own tenant's scope: one commit for
 * all of them. When one fails none is applied, and the caller repeats them tenant by tenant. With `mayBeLost` the commit
 * does not wait for the disk: a crash of the database can take the last moments of it, and nothing else.
 */
export async function inEachTenant<Row>(
  db: Database,
  statement: NamedStatement<Row>,
  calls: readonly TenantCall[],
  options: { mayBeLost?: boolean } = {},
): Promise<Row[][]> {
  return await inTenants(db, calls[0]?.tenantId, (tx) => callEach(tx, statement, calls), options);
}

/**
 * Named statements are planned once and written for that (ADR 0010). Left to itself Postgres plans those with short lists
 * anew for every call, because a list of unknown length counts as ten: half of what a shared statement costs it.
 */
const PLANNED_ONCE = "set local plan_cache_mode = force_generic_plan";

/** Reads by one statement for each of several tenants, in one transaction like `inEachTenant`; waits for no row's lock. */
export async function readEachTenant<Row>(
  db: Database,
  statement: NamedStatement<Row>,
  calls: readonly [TenantCall, ...TenantCall[]],
): Promise<Row[][]> {
  const [{ tenantId: first }] = calls;
  const scope = `; ${PLANNED_ONCE}; set local muster.tenant_id = '${checked(first)}'`;
  return await transaction(db, scope, (tx) => callEach(tx, statement, calls), first);
}

/**
 * Runs `work` on what one tenant was at one moment: every statement of it sees the same. It may take its time, a minute between
 * two statements, and is not repeated.
 */
export async function inSnapshot<T>(db: Database, tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
  const patience = "; set local idle_in_transaction_session_timeout = '60s'";
  const scope = `${patience}; set local muster.tenant_id = '${checked(tenantId)}'`;
  try {
    return await tryTransaction(
      db,
      { begin: "begin isolation level repeatable read read only", scope },
      work,
      tenantId,
    );
  } catch (error) {
    throw isUnavailable(error) ? new StoreUnavailable("The database cannot be reached", { cause: error }) : error;
  }
}

type TenantCall = { tenantId: TenantId; values: readonly unknown[] };

function callEach<Row>(tx: TenantsTx, statement: NamedStatement<Row>, calls: readonly TenantCall[]): Promise<Row[][]> {
  return allOrNone(
    calls.map(({ tenantId, values }, index) => {
      const scoped = tx.scope(tenantId);
      return (index === calls.length - 1 ? scoped.last : scoped).named(statement, values);
    }),
  );
}

/** A transaction of several tenants: each statement runs under the scope of its own. */
export type TenantsTx = {
  /** Moves the transaction to a tenant for the statements sent after it. */
  scope(tenantId: TenantId): Tx;
};

/** A shared transaction waits for nobody's lock for longer than this; alone a row may wait as long as any caller. */
const SHARED_LOCK_TIMEOUT_MS = 200;

/**
 * Runs `work` in one transaction of several tenants, in the scope of the first to begin with. When it fails nothing was applied, and the caller repeats it in
 * smaller parts: so a row that somebody has locked holds up its own caller, and the others for a moment only (F18).
 */
export async function inTenants<T>(
  db: Database,
  first: TenantId | undefined,
  work: (tx: TenantsTx) => Promise<T>,
  options: { mayBeLost?: boolean } = {},
): Promise<T> {
  const durability = options.mayBeLost === true ? "; set local synchronous_commit = off" : "";
  const patience = `; ${PLANNED_ONCE}; set local lock_timeout = ${SHARED_LOCK_TIMEOUT_MS}${durability}`;
  if (first === undefined) return await transaction(db, patience, work);
  return await transaction(db, `${patience}; set local muster.tenant_id = '${checked(first)}'`, work, first);
}

/** Waits for statements that were sent together; all of them, so that no failure goes unheard. */
export async function allOrNone<T>(answers: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(answers);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

function checked(id: string): string {
  if (!isUuid(id)) throw new Error("A scope must be a uuid");
  return id;
}

function checkedTrace(traceId: string): string {
  if (!/^[0-9a-f]{32}$/.test(traceId)) throw new Error("A trace id is 32 hexadecimal digits");
  return traceId;
}

/** Deadlocks and serialization failures have no effect and are tried again this often. */
const MAX_TRIES = 5;

type ScopedTx = Tx & TenantsTx;

async function transaction<T>(
  db: Database,
  scope: string,
  work: (tx: ScopedTx) => Promise<T>,
  first?: TenantId,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryTransaction(db, { begin: "begin", scope }, work, first);
    } catch (error) {
      if (tries < MAX_TRIES && (sqlState(error) === "40P01" || sqlState(error) === "40001")) continue;
      throw isUnavailable(error) ? new StoreUnavailable("The database cannot be reached", { cause: error }) : error;
    }
  }
}

async function tryTransaction<T>(
  db: Database,
  { begin, scope }: { begin: string; scope: string },
  work: (tx: ScopedTx) => Promise<T>,
  first: TenantId | undefined,
): Promise<T> {
  const client = await db.pool.connect();
  let settled = false;
  try {
    // No parameters, so pg sends it as a simple query of several statements. It is not waited for: should it fail, the
    // transaction is aborted, and so is every statement behind it.
    const limits = db.sessions === "own" ? "" : LIMITS_OF_A_TRANSACTION;
    const begun = client.query(`${begin}; set local role muster_app${limits}${scope}`);
    const commit: Commit = { sent: undefined };
    begun.catch(() => undefined);
    const result = await work(txOf(client, db.sessions, commit, first));
    await begun;
    const { command } = await (commit.sent ?? client.query("commit"));
    if (command !== "COMMIT") throw new Error("The transaction was rolled back although no statement failed");
    settled = true;
    return result;
  } catch (error) {
    settled = await client.query("rollback").then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    // A connection whose BEGIN, COMMIT or ROLLBACK failed may still be in a transaction: destroy it (V90).
    client.release(!settled);
  }
}

type Commit = { sent: Promise<pg.QueryResult> | undefined };

function txOf(client: pg.PoolClient, sessions: Sessions, commit: Commit, first: TenantId | undefined): ScopedTx {
  const send = async (query: pg.QueryConfig): Promise<pg.QueryResult> => {
    if (commit.sent !== undefined) throw new Error("The last statement of this transaction has been sent");
    return await client.query(query);
  };
  const sendLast = async (query: pg.QueryConfig): Promise<pg.QueryResult> => {
    const answer = send(query);
    commit.sent = client.query("commit");
    // Waited for by the transaction; a failure of the statement must not leave this one unheard.
    commit.sent.catch(() => undefined);
    return await answer;
  };
  const tx: Tx = { ...statements(send, sessions), last: statements(sendLast, sessions) };
  let scope = first;
  return {
    ...tx,
    scope(tenantId) {
      if (tenantId === scope) return tx;
      scope = tenantId;
      // Not waited for, like BEGIN: when it fails, so do the statements behind it.
      client.query(`set local muster.tenant_id = '${checked(tenantId)}'`).catch(() => undefined);
      return tx;
    },
  };
}

function statements(send: (query: pg.QueryConfig) => Promise<pg.QueryResult>, sessions: Sessions): Statements {
  return {
    sql: builder,
    async run<Row>(statement: Compilable<Row>): Promise<Row[]> {
      const compiled: CompiledQuery<Row> = statement.compile();
      const result = await send({ text: compiled.sql, values: [...compiled.parameters] });
      return result.rows;
    },
    async named<Row>(statement: NamedStatement<Row>, values: readonly unknown[]): Promise<Row[]> {
      // What one session has prepared, the next one that a pooler gives does not know.
      const name = sessions === "own" ? { name: statement.name } : {};
      const result = await send({ ...name, text: statement.text, values: [...values] });
      return result.rows;
    },
  };
}

/** The SQLSTATE of a database error, or undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The name of the violated constraint or unique index, when the error is a violation (SQLSTATE class 23). */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith("23") ? error.constraint : undefined;
}

/** Others were in the way: a deadlock or a serialization failure at every try, or a lock that was not given in time. */
const CONTENTION_STATES = new Set(["40P01", "40001", "55P03"]);

/** Tells whether others were in the way, so that the work may succeed in smaller parts. */
export function isContention(error: unknown): boolean {
  return error instanceof StoreUnavailable && CONTENTION_STATES.has(sqlState(error.cause) ?? "");
}

const UNAVAILABLE_STATES = /^(08|53|57P0|57014)/;
const UNAVAILABLE_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "ETIMEDOUT", "ENOENT"]);

function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return UNAVAILABLE_STATES.test(state) || CONTENTION_STATES.has(state);
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string" && UNAVAILABLE_CODES.has(error.code)) return true;
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/.test(error.message);
}
