import { ContractError, defaultPageSize, type Page, type PageQuery } from "@muster/contract";
import { isUuid } from "@muster/runtime";

/** What a list reads: one row more than it shows, which tells whether a further page exists. */
export type WantedPage = { after: string | undefined; limit: number };

/**
 * Reads the paging of a query: a page token is the id of the last item seen, in base64url. `isId` knows
 * the form that ids of this list have.
 *
 * @throws {ContractError} if the page token holds no id
 */
export function readPage(query: PageQuery, isId: (text: string) => boolean = isUuid): WantedPage {
  return {
    after: query.pageToken === undefined ? undefined : readPageToken(query.pageToken, isId),
    limit: (query.pageSize ?? defaultPageSize) + 1,
  };
}

/** Makes the answer of a list from the rows that `wanted` brought; `idOf` names what its page token points at. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  wanted: WantedPage,
  shape: { idOf(row: NoInfer<Row>): string; show(row: NoInfer<Row>): Item },
): Page<Item> {
  const shown = rows.slice(0, wanted.limit - 1);
  const last = shown.at(-1);
  const items = shown.map((row) => shape.show(row));
  if (last === undefined || rows.length < wanted.limit) return { items };
  return { items, nextPageToken: Buffer.from(shape.idOf(last)).toString("base64url") };
}

/** For rows that carry their own id. */
export const byId = (row: { id: string }): string => row.id;

function readPageToken(pageToken: string, isId: (text: string) => boolean): string {
  const id = Buffer.from(pageToken, "base64url").toString("utf8");
  if (isId(id)) return id;
  const message = "pageToken must be the nextPageToken of an earlier page, unchanged";
  throw new ContractError([{ path: "/pageToken", rule: "pattern", message }]);
}
