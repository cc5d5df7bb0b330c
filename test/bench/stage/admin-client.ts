/** The admin API, as far as a benchmark needs it: bodies and answers as the contract says. */
export type AdminClient = {
  post(path: string, body: unknown): Promise<JsonObject>;
  put(path: string, body: unknown): Promise<JsonObject>;
  patch(path: string, body: unknown): Promise<JsonObject>;
  get(path: string): Promise<JsonObject>;
};

export type JsonObject = { readonly [name: string]: unknown };

/** Makes a client of the admin API; each call throws with the gateway's own words unless it is answered with 2xx. */
export function createAdminClient(gateway: { url: string; apiKey: string }): AdminClient {
  const call = async (method: string, path: string, body?: unknown): Promise<JsonObject> => {
    const response = await fetch(`${gateway.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${gateway.apiKey}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return toObject(JSON.parse(text));
  };
  return {
    post: (path, body) => call("POST", path, body),
    put: (path, body) => call("PUT", path, body),
    patch: (path, body) => call("PATCH", path, body),
    get: (path) => call("GET", path),
  };
}

/** An object member by member. @throws {Error} when it is none */
export function toObject(value: unknown): JsonObject {
  if (typeof value !== "object" || value === null) throw new Error(`no object but ${JSON.stringify(value)}`);
  return { ...value };
}

/** A member that must be a text. */
export function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string") throw new Error(`no text in ${name} but ${JSON.stringify(value)}`);
  return value;
}

/** A member that must be a number. */
export function numberOf(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== "number") throw new Error(`no number in ${name} but ${JSON.stringify(value)}`);
  return value;
}
