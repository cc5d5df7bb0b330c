import type { AttributePath, AttributeType, Filter, ResourceSchema } from "@muster/scim";

export type Sort = {
  path: AttributePath;
  type: AttributeType;
  caseExact: boolean;
  multiValued: boolean;
  order: "ascending" | "descending";
};
export type PageCursor = { after: string; value: string | null; until: string; total: number; query: string };
export type Page =
  | { kind: "index"; startIndex: number; count: number }
  | { kind: "cursor"; cursor: PageCursor | null; count: number };

/** What a list is asked for. `baseUrl` is where the resources' addresses begin, null if filters may not name them. */
export type ListRequest = {
  directoryId: string;
  filter: Filter | null;
  sort: Sort | null;
  page: Page;
  schema: ResourceSchema;
  baseUrl: string | null;
};

/** Where a walk goes on, to be completed with what identifies the query; null at its end and for pages by position. */
export type NextPlace = Omit<PageCursor, "query"> | null;
