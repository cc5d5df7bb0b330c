import type { Attributes } from "@muster/scim";

/** An expression in CEL, as mappings have it. */
type Cel = string;

/** One request by its template. Everything but the method is computed for each person. */
export type RequestTemplate = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A list: the segments of the path below the base URL, each encoded for itself, so that no value can reach another path. */
  path: Cel;
  /** An object: its texts become the query. */
  query?: Cel;
  /** Names to texts; never what signs in. */
  headers?: Readonly<Record<string, Cel>>;
  /** An object or a list, sent as JSON. */
  body?: Cel;
  /** True where an answer 2xx means that it was done; any is, unless said. */
  success?: Cel;
};

/** How a list goes on: not at all, by numbers in the request, by a cursor in the answer, or by its Link header (RFC 8288). */
type PagingTemplate = {
  style: "none" | "index" | "cursor" | "link";
  size?: number;
  /** The cursor of the next page, null or "" at the end; for style cursor. */
  next?: Cel;
  /** How many there are in all, where the answer says it. */
  total?: Cel;
};

export type ListTemplate = RequestTemplate & { items: Cel; paging?: PagingTemplate };

/** An operation that is the same request as the update. */
type OrUpdate = RequestTemplate | "update";

export type RestOperations = {
  create?: RequestTemplate;
  read?: RequestTemplate;
  list?: ListTemplate;
  find?: Partial<Record<"externalId" | "userName" | "email", ListTemplate>>;
  update?: RequestTemplate;
  deactivate?: OrUpdate;
  reactivate?: OrUpdate;
  delete?: RequestTemplate;
  /** Tells whether the app can be reached and lets us in; needed where it can be neither listed nor searched. */
  check?: RequestTemplate;
};

/** What a REST target has besides its address and its sign-in. An operation that is left out is one that the app has not. */
export type RestTemplate = {
  /** What an account of the app is as a SCIM user: an object with at least `id`, made of `item`. */
  account: Cel;
  /** Attributes that the app keeps, besides userName, externalId and active; all unless said. */
  attributes?: readonly string[];
  operations: RestOperations;
};

/** What the expressions of a request see. */
const REQUEST_VARIABLES = {
  create: ["user", "externalId", "idempotencyKey"],
  change: ["user", "id", "externalId", "idempotencyKey"],
  read: ["id"],
  find: ["value", "page"],
  list: ["page"],
  check: [],
} as const;

/** What those see that look at an answer. */
export const ANSWER_VARIABLES = ["status", "headers", "body"] as const;

/** By which a request of a template is known in a refusal, with what it may name. */
export type NamedRequest = {
  at: string;
  request: RequestTemplate & Partial<ListTemplate>;
  variables: readonly string[];
};

/** Every request of a template. */
export function requestsOf({ operations }: RestTemplate): NamedRequest[] {
  const { create, read, list, find = {}, update, deactivate, reactivate, delete: deletion, check } = operations;
  const named = (at: string, request: RequestTemplate | "update" | undefined, variables: readonly string[]) =>
    request === undefined || request === "update" ? [] : [{ at, request, variables }];
  return [
    ...named("create", create, REQUEST_VARIABLES.create),
    ...named("read", read, REQUEST_VARIABLES.read),
    ...named("list", list, REQUEST_VARIABLES.list),
    ...Object.entries(find).flatMap(([by, request]) => named(`find.${by}`, request, REQUEST_VARIABLES.find)),
    ...named("update", update, REQUEST_VARIABLES.change),
    ...named("deactivate", deactivate, REQUEST_VARIABLES.change),
    ...named("reactivate", reactivate, REQUEST_VARIABLES.change),
    ...named("delete", deletion, REQUEST_VARIABLES.change),
    ...named("check", check, REQUEST_VARIABLES.check),
  ];
}

/** Somebody to try a template with before it is saved. */
export const SAMPLE: Attributes = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  externalId: "018f7f6a-1c00-7000-8000-000000000001",
  userName: "ada@acme.example",
  active: true,
  displayName: "Ada Lovelace",
  name: { givenName: "Ada", familyName: "Lovelace", formatted: "Ada Lovelace" },
  title: "Engineer",
  emails: [{ value: "ada@acme.example", type: "work", primary: true }],
  phoneNumbers: [{ value: "+44 1", type: "work" }],
  roles: [{ value: "editor", primary: true }],
};
