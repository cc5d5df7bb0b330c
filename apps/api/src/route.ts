import type { BodyOf, Operation, ParamsOf, QueryOf, SuccessOf } from "@muster/contract";
import type { DirectoryScope, ExpectedVersion, WorkspaceScope } from "@muster/directory";
import type { Attributes, DialectNote, ResourceSchema, ResourceType } from "@muster/scim";
import type { DirectorySettings } from "@muster/store";
import type { ApiDeps } from "./api-deps.ts";

/** A directory as a request meets it: its settings and what its resources may hold. */
export type DirectoryProfile = { settings: DirectorySettings; schemas: Readonly<Record<ResourceType, ResourceSchema>> };

/** What a bearer token may do: one verb on one kind of resource. */
export type Permission = `${"users" | "groups"}:${"read" | "create" | "update" | "delete"}`;

/** A SCIM request after authentication and parsing of its envelope. */
export type ScimRequest = {
  scope: DirectoryScope;
  directory: DirectoryProfile;
  /** Whether the caller's token allows this; for routes whose body decides what they do. */
  may(permission: Permission): boolean;
  /** Keeps what a client sent otherwise than the standard says, for the log of requests. */
  note(notes: readonly DialectNote[]): void;
  /** The directory's own base address: what `meta.location` begins with. */
  baseUrl: string;
  /** The resource's id from the path; empty where the route has none. */
  id: string;
  query: Record<string, unknown>;
  /** The parsed JSON body; undefined where there was none. */
  body: unknown;
  ifMatch: ExpectedVersion;
  /** Versions that the caller holds, from If-None-Match; null when it did not say. */
  ifNoneMatch: readonly number[] | "any" | null;
};

export type ScimReply = { status: 200 | 201 | 204 | 304; body?: Attributes; location?: string; version?: number };

/** A SCIM endpoint under a directory's address; a bearer token of that directory is always needed. */
export type ScimRoute = {
  access: "directoryToken";
  /** Permissions that the token must have, all of them; none for discovery. */
  needs: readonly Permission[];
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

/** An operation of the admin API; an owner's API key, or a session begun with one, is always needed. The contract checks what comes in. */
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
