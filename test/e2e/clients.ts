import type { Ear } from "./ear.ts";

/** What tests read from an answer; which of it is there, their expectations say. */
export type Body = {
  id: string;
  detail: string;
  externalId: string;
  userName: string;
  displayName: string;
  active: boolean;
  members: { value: string; display: string }[];
  groups: { value: string; display: string }[];
  meta: { location: string; version: string; created: string; lastModified: string; resourceType: string };
  totalResults: number;
  Resources: Body[];
  items: Body[];
  scim: { endpointUrl: string; bearerToken: string };
  bearerToken: string;
  clientId: string;
  clientSecret: string;
  secret: string;
  [name: string]: unknown;
};

export type Answer = { status: number; headers: Headers; text: string; body: Body };

export type SendOptions = { headers?: Record<string, string>; token?: string | null; type?: string };

export type ScimClient = {
  endpointUrl: string;
  /** Sends a request below the directory's address; a string or bytes go out as they are, anything else as JSON. */
  send(method: string, path: string, body?: unknown, options?: SendOptions): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  patch(path: string, ...operations: readonly unknown[]): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** Creates, and throws unless it was created. */
  createUser(user: Record<string, unknown>): Promise<Body>;
  createGroup(group: Record<string, unknown>): Promise<Body>;
};

export const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
export const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";
export const SCIM_TYPE = "application/scim+json";

/** Speaks SCIM to one directory, as its identity provider. */
export function createScimClient(to: { endpointUrl: string; bearerToken: string; ear?: Ear }): ScimClient {
  to.ear?.secret(to.bearerToken);
  const send: ScimClient["send"] = (method, path, body, options = {}) =>
    exchange({
      url: `${to.endpointUrl}${path}`,
      method,
      body,
      ear: to.ear,
      headers: { ...bearer(options.token === undefined ? to.bearerToken : options.token), ...options.headers },
      type: options.type ?? SCIM_TYPE,
    });
  const create = async (path: string, body: unknown): Promise<Body> => {
    const answer = await send("POST", path, body);
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  return {
    endpointUrl: to.endpointUrl,
    send,
    get: (path) => send("GET", path),
    post: (path, body) => send("POST", path, body),
    put: (path, body) => send("PUT", path, body),
    patch: (path, ...operations) => send("PATCH", path, { schemas: [PATCH_OP], Operations: operations }),
    delete: (path) => send("DELETE", path),
    createUser: (user) => create("/Users", { schemas: [USER], ...user }),
    createGroup: (group) => create("/Groups", { schemas: [GROUP], ...group }),
  };
}

export type AdminClient = {
  send(method: string, path: string, body?: unknown, options?: SendOptions): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  /** Creates something whose answer holds a secret, this once: the only answers that the ear does not hear. */
  postSecret(path: string, body?: unknown): Promise<Body>;
};

/** Speaks to the admin API; paths are below /api/v1. */
export function createAdminClient(to: { baseUrl: string; apiKey: string; ear: Ear }): AdminClient {
  const call = (method: string, path: string, body: unknown, options: SendOptions, ear: Ear | undefined) =>
    exchange({
      url: `${to.baseUrl}/api/v1${path}`,
      method,
      body,
      ear,
      headers: { ...bearer(options.token === undefined ? to.apiKey : options.token), ...options.headers },
      type: options.type ?? "application/json",
    });
  const send: AdminClient["send"] = (method, path, body, options = {}) => call(method, path, body, options, to.ear);
  const expectOk = async (answer: Promise<Answer>, what: string): Promise<Answer> => {
    const got = await answer;
    if (got.status >= 300) throw new Error(`${what} answered ${got.status}: ${got.text}`);
    return got;
  };
  return {
    send,
    get: (path) => send("GET", path),
    post: (path, body) => expectOk(send("POST", path, body), `POST ${path}`),
    put: (path, body) => expectOk(send("PUT", path, body), `PUT ${path}`),
    async postSecret(path, body) {
      const { body: made } = await expectOk(call("POST", path, body, {}, undefined), `POST ${path}`);
      to.ear.secret(
        made.bearerToken ??
          made.clientSecret ??
          made.secret ??
          String(made.url ?? "").split("#")[1] ??
          made.scim.bearerToken,
      );
      return made;
    },
  };
}

function bearer(token: string | null): Record<string, string> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

type Exchange = {
  url: string;
  method: string;
  body: unknown;
  headers: Record<string, string>;
  type: string;
  ear: Ear | undefined;
};

async function exchange({ url, method, body, headers, type, ear }: Exchange): Promise<Answer> {
  const text =
    body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: { ...(text === undefined ? {} : { "Content-Type": type }), ...headers },
    ...(text === undefined ? {} : { body: text }),
  });
  const answered = await response.text();
  ear?.answered([...response.headers.entries()].map(([name, value]) => `${name}: ${value}`).join("\n"));
  ear?.answered(answered);
  return { status: response.status, headers: response.headers, text: answered, body: parseBody(answered) };
}

/** The one place where an answer gets its type; an empty body, or one that is not JSON, has no members. */
export function parseBody(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {} as Body;
  }
}
