/** The part of the admin API that the demo needs; bodies and answers as the contract says. */
export type AdminApi = {
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
};

/** An object the gateway answered, read member by member. */
export type Answer = {
  /** @throws {Error} if the member is not a string that says something */
  text(...path: string[]): string;
  /** The member, or undefined. */
  at(...path: string[]): unknown;
};

/**
 * Makes a client of the admin API.
 *
 * @throws {Error} from each call that is not answered with 2xx, with the gateway's own words (RFC 9457)
 */
export function createAdminApi(gateway: { url: string; apiKey: string }): AdminApi {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const request = `${method} ${path}`;
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${gateway.apiKey}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${request} answered ${response.status}: ${text.slice(0, 1_000)}`);
    const parsed: unknown = text === "" ? {} : JSON.parse(text);
    return answerOf(request, parsed);
  };
  return {
    post: (path, body) => call("POST", path, body),
    put: (path, body) => call("PUT", path, body),
    get: (path) => call("GET", path),
  };
}

function answerOf(request: string, body: unknown): Answer {
  const at = (...path: string[]): unknown => path.reduce(memberOf, body);
  return {
    at,
    text(...path) {
      const value = at(...path);
      if (typeof value === "string" && value !== "") return value;
      throw new Error(`${request} answered without ${path.join(".")}`);
    },
  };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
