import type { ProviderTarget } from "./identity-provider.ts";

/** An answer of the endpoint; `body` is undefined when it is not JSON. */
export type ScimAnswer = { status: number; contentType: string; text: string; body: unknown };

/** An answer the provider did not expect. */
export class UnexpectedAnswer extends Error {
  readonly status: number;
  readonly answer: ScimAnswer;

  constructor(request: string, expected: string, answer: ScimAnswer) {
    super(`${request} answered ${answer.status}, not ${expected}: ${excerpt(answer.text)}`);
    this.name = "UnexpectedAnswer";
    this.status = answer.status;
    this.answer = answer;
  }
}

/** A resource the endpoint answered with; its id was checked to be a string. */
export type RemoteResource = { id: string; [attribute: string]: unknown };

export type ScimClient = {
  /** Sends a request and gives back whatever is answered. */
  send(method: string, path: string, body?: unknown): Promise<ScimAnswer>;
  /** Sends a request and throws UnexpectedAnswer unless the status is among those expected. */
  expect(statuses: readonly number[], method: string, path: string, body?: unknown): Promise<ScimAnswer>;
  create(collection: Collection, body: unknown): Promise<RemoteResource>;
  /** Looks a resource up by an exact value; undefined when there is none. */
  find(collection: Collection, attribute: string, value: string): Promise<RemoteResource | undefined>;
};

export type Collection = "Users" | "Groups";

/** How a provider's requests look on the wire. */
export type WireStyle = { contentType: string; userAgent: string; lookUpSuffix: string };

const EXCERPT_LENGTH = 300;

/** Makes the HTTP side of a simulated provider. Requests are never repeated: each provider decides that itself. */
export function createScimClient(target: ProviderTarget, style: WireStyle): ScimClient {
  const baseUrl = target.endpointUrl.replace(/\/+$/, "");
  const fetchAnswer = target.fetch ?? fetch;

  async function send(method: string, path: string, body?: unknown): Promise<ScimAnswer> {
    const startedAtMs = performance.now();
    const response = await fetchAnswer(`${baseUrl}${path}`, {
      method,
      redirect: "manual",
      headers: {
        authorization: `Bearer ${target.bearerToken}`,
        "user-agent": style.userAgent,
        ...(body !== undefined && { "content-type": style.contentType }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    target.log?.({ method, path, status: response.status, durationMs: performance.now() - startedAtMs });
    const contentType = response.headers.get("content-type") ?? "";
    return { status: response.status, contentType, text, body: parseJson(text) };
  }

  async function expectStatus(statuses: readonly number[], method: string, path: string, body?: unknown) {
    const answer = await send(method, path, body);
    if (!statuses.includes(answer.status)) {
      throw new UnexpectedAnswer(`${method} ${path}`, statuses.join(" or "), answer);
    }
    return answer;
  }

  return {
    send,
    expect: expectStatus,
    async create(collection, body) {
      const request = `POST /${collection}`;
      const answer = await expectStatus([201], "POST", `/${collection}`, body);
      return parseResource(request, answer, answer.body);
    },
    async find(collection, attribute, value) {
      const filter = encodeURIComponent(`${attribute} eq ${JSON.stringify(value)}`);
      const path = `/${collection}?filter=${filter}${style.lookUpSuffix}`;
      const answer = await expectStatus([200], "GET", path);
      const resources = isObject(answer.body) ? answer.body.Resources : undefined;
      // An empty answer may leave Resources out (RFC 7644 §3.4.2).
      if (resources === undefined && isObject(answer.body) && answer.body.totalResults === 0) return undefined;
      if (!Array.isArray(resources)) throw new UnexpectedAnswer(`GET ${path}`, "a list", answer);
      return resources.length === 0 ? undefined : parseResource(`GET ${path}`, answer, resources[0]);
    },
  };
}

/**
 * Reads a resource from an answer.
 *
 * @throws {UnexpectedAnswer} when its id is not a string: JumpCloud, for one, refuses numbers
 */
export function parseResource(request: string, answer: ScimAnswer, value: unknown): RemoteResource {
  if (!isObject(value)) throw new UnexpectedAnswer(request, "a resource", answer);
  if (typeof value.id !== "string" || value.id === "") {
    throw new UnexpectedAnswer(request, "a resource whose id is a string", answer);
  }
  return { ...value, id: value.id };
}

/** Builds the path of one resource; ids are opaque and therefore always encoded. */
export function pathOf(collection: Collection, id: string): string {
  return `/${collection}/${encodeURIComponent(id)}`;
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "(empty body)";
  return line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}...` : line;
}
