import type { Filter, Page, PageCursor, ResourceSchema, Sort } from "@muster/scim";

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
