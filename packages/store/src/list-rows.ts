import { type PageCursor, ScimError } from "@muster/scim";
import { type RawBuilder, sql } from "kysely";
import type { Statements } from "./database.ts";
import { all, type Condition, type Fragment } from "./filter/condition.ts";
import { type CompileScope, filterToSql, rowsThatPass } from "./filter/filter-to-sql.ts";
import { isLookUp } from "./filter/look-ups.ts";
import { isAfter, type Order, orderBy, sortToSql } from "./filter/sort-to-sql.ts";
import type { ListRequest, NextPlace } from "./list-types.ts";
import { isOwnId } from "./own-id.ts";
import type { TenantId } from "./tables.ts";

/** A row of a page with the value it is sorted by, as a cursor carries it. */
type Shown = { id: string; sort_value: string | null };

type Listing<Row> = { total: number; rows: Row[]; next: NextPlace };

/**
 * Lists the rows of `users` or `groups` that pass, one page of them with the number of all: two statements, one for the
 * later pages of a walk by cursor.
 *
 * @throws {ScimError} 400 `invalidFilter`, or 400 `invalidCursor` for a cursor that was never given out
 */
export async function listRows<Row extends { id: string }>(
  tx: Statements,
  tenantId: TenantId,
  request: ListRequest,
  columns: Fragment,
): Promise<Listing<Row>> {
  const { page, filter } = request;
  const scope: CompileScope = { ...request, tenantId };
  const condition = filter === null ? null : filterToSql(filter, scope);
  const order = sortToSql(request.sort, scope);
  const wanted: Wanted = { scope, condition, order, columns, isLookUp: filter !== null && isFound(request) };
  if (page.kind === "index") {
    const counting = run(tx, countRows(scope, condition));
    const offset = page.startIndex - 1;
    const showing = page.count === 0 ? [] : run(tx, pageRows<Row>(wanted, { offset, limit: page.count }));
    const [[counted], rows] = await settle(counting, showing);
    return { total: counted?.total ?? 0, rows, next: null };
  }
  return await walk(tx, wanted, page);
}

type Wanted = {
  scope: CompileScope;
  condition: Condition | null;
  order: Order;
  columns: Fragment;
  isLookUp: boolean;
};

const isFound = ({ filter, schema }: ListRequest): boolean => filter !== null && isLookUp(filter, schema.resourceType);

async function walk<Row extends { id: string }>(
  tx: Statements,
  wanted: Wanted,
  page: { cursor: PageCursor | null; count: number },
): Promise<Listing<Row>> {
  const { scope, condition, order } = wanted;
  const { cursor, count } = page;
  if (cursor !== null) requireOwnCursor(cursor, order);
  const start = cursor ?? (await beginWalk(tx, scope, condition));
  if (count === 0 || start.until === null) return { total: start.total, rows: [], next: null };
  const bounds: Condition[] = [sql`r.id <= ${start.until}::uuid`];
  if (cursor !== null) bounds.push(isAfter(order, cursor));
  // One more than asked for tells whether the walk goes on.
  const rows = await run(tx, pageRows<Row>(wanted, { offset: 0, limit: count + 1, bounds }));
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  const goesOn = rows.length > count && last !== undefined;
  const next = goesOn
    ? {
        after: last.id,
        value: order.unique?.name === "id" ? null : last.sort_value,
        until: start.until,
        total: start.total,
      }
    : null;
  return { total: start.total, rows: shown, next };
}

/** Counts, and finds the greatest id there is: who arrives later has a greater one and is not part of this walk. */
async function beginWalk(
  tx: Statements,
  scope: CompileScope,
  condition: Condition | null,
): Promise<{ total: number; until: string | null }> {
  const greatest = sql`select r.id ${rowsThatPass(null, scope)} order by r.id desc limit 1`;
  const [begun] = await run(
    tx,
    sql<{
      total: number;
      until: string | null;
    }>`select (select count(*) ${rowsThatPass(condition, scope)}) as total, (${greatest}) as until`,
  );
  return begun ?? { total: 0, until: null };
}

function countRows(scope: CompileScope, condition: Condition | null): RawBuilder<{ total: number }> {
  return sql`select count(*) as total ${rowsThatPass(condition, scope)}`;
}

type Slice = { offset: number; limit: number; bounds?: readonly Condition[] };

/**
 * The page's keys are chosen first, so that rows which are only skipped are read from the index alone. What an index finds is
 * found before it is put in order: the planner must not walk everybody in that order to look for them. The limit of one keeps it
 * from reading a whole table where a page of look-ups by key will do.
 */
function pageRows<Row>(wanted: Wanted, { offset, limit, bounds = [] }: Slice): RawBuilder<Row & Shown> {
  const { scope, order, columns } = wanted;
  const conditions = [...(wanted.condition === null ? [] : [wanted.condition]), ...bounds];
  const passes = conditions.length === 0 ? null : all(conditions);
  const key = order.unique?.column ?? sql`r.id`;
  const passing = sql`select ${key} as key, ${order.by} as value ${rowsThatPass(passes, scope)}`;
  const chosen = wanted.isLookUp
    ? sql`(with found as materialized (${passing}) select f.key, f.value from found f order by ${orderBy(order, sql`f.value`, sql`f.key`)} offset ${offset} limit ${limit})`
    : sql`(${passing} order by ${orderBy(order, order.by, sql`r.id`)} offset ${offset} limit ${limit})`;
  return sql`select ${columns}, p.value::text as sort_value from ${chosen} p join lateral (select * ${rowsThatPass(sql`${key} = p.key`, scope)} limit 1) r on true
    order by ${orderBy(order, sql`p.value`, sql`p.key`)}`;
}

/**
 * Refuses what could not be a place of this order, before it reaches the database.
 *
 * @throws {ScimError} 400 `invalidCursor`
 */
export function requireOwnCursor(cursor: PageCursor, order: Pick<Order, "kind">): void {
  const { value, after, until } = cursor;
  const readable =
    value === null || (order.kind === "text" ? isStorable(value) : value.length <= 1_000 && isDecimal(value));
  if (isOwnId(after) && isOwnId(until) && readable && Number.isSafeInteger(cursor.total)) return;
  throw new ScimError(400, "invalidCursor", "This cursor was not given out here; begin again without one");
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\u0000");
const isDecimal = (text: string): boolean => /^-?\d+(?:\.\d+)?$/.test(text);

/** Runs a statement that was written as SQL with parameters. */
export async function run<Row>(tx: Statements, statement: RawBuilder<Row>): Promise<Row[]> {
  return await tx.run({ compile: () => statement.compile(tx.sql) });
}

/** Both are sent before either is waited for, and neither failure goes unheard. */
export async function settle<A, B>(first: Promise<A>, second: Promise<B> | B): Promise<[A, B]> {
  const [one, other] = await Promise.allSettled([first, second]);
  if (one.status === "rejected") throw one.reason;
  if (other.status === "rejected") throw other.reason;
  return [one.value, other.value];
}
