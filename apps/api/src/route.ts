import type { BodyOf, Operation, ParamsOf, QueryOf, SuccessOf } from "@muster/contract";
import type { DirectoryScope, ExpectedVersion, WorkspaceScope } from "@muster/directory";
import type { Attributes } from "@muster/scim";
import type { ApiDeps } from "./api-deps.ts";

/** A SCIM request after authentication and parsing of its envelope. */
export type ScimRequest = {
  scope: DirectoryScope;
  /** The directory's own base address: what `meta.location` begins with. */
  baseUrl: string;
  /** The resource's id from the path; empty where the route has none. */
  id: string;
  query: Record<string, unknown>;
  /** The parsed JSON body; undefined where there was none. */
  body: unknown;
  ifMatch: ExpectedVersion;
};

export type ScimReply = { status: 200 | 201 | 204; body?: Attributes; location?: string; version?: number };

/** A SCIM endpoint under a directory's address; a bearer token of that directory is always needed. */
export type ScimRoute = {
  access: "directoryToken";
  method: "get" | "post" | "put" | "patch" | "delete";
  /** Below the directory's address; `:id` is the resource's id. */
  path: string;
  maxBodyBytes: number;
  handle(deps: ApiDeps, request: ScimRequest): Promise<ScimReply>;
};

export type AdminRequest<O extends Operation> = {
  scope: WorkspaceScope;
  params: ParamsOf<O>;
  query: QueryOf<O>;
  body: BodyOf<O>;
};

/** An operation of the admin API; an owner's API key is always needed. The contract checks what comes in. */
export type AdminRoute = {
  access: "apiKey";
  operation: Operation;
  handle(deps: ApiDeps, request: AdminRequest<Operation>): Promise<unknown>;
};

/** Ties a handler to its operation with the types of the contract. */
export function adminRoute<O extends Operation>(
  operation: O,
  handle: (deps: ApiDeps, request: AdminRequest<O>) => Promise<SuccessOf<O>>,
): AdminRoute {
  // The validator has checked the request against this very operation, so its types hold.
  return { access: "apiKey", operation, handle: handle as AdminRoute["handle"] };
}
