import Type, { type Static, type TProperties, type TSchema } from "typebox";
import { closed, matching } from "./primitives.ts";

/** Items on a page when the caller does not say. */
export const defaultPageSize = 50;

// What a token points at is at most 512 characters of up to three bytes.
const pageToken = matching("^[A-Za-z0-9._~=-]{1,2048}$", 2048, "the nextPageToken of an earlier page, unchanged");

export const pageQueryProperties = {
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: defaultPageSize })),
  pageToken: Type.Optional(pageToken),
};

/** The query of a list: paging and what the list can be narrowed by. */
export function pageQuery<P extends TProperties>(filters: P) {
  return closed({ ...pageQueryProperties, ...filters });
}

/** What a list answers: `items`, and `nextPageToken` while there is more. */
export function pageOf<S extends TSchema>(title: string, item: S) {
  return closed({ items: Type.Array(item), nextPageToken: Type.Optional(Type.String()) }, { title });
}

export const PageQuery = pageQuery({});

export type PageQuery = Static<typeof PageQuery>;

export type Page<T> = { items: T[]; nextPageToken?: string };
