import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** A SCIM endpoint to speak to. */
export type Endpoint = { url: string; token: string };

export type Exchange = {
  /** The file's name without its number: how later exchanges refer to the answer. */
  name: string;
  does: string;
  source: string;
  request: { method: string; path: string; headers?: Record<string, string>; body?: unknown };
  expect: { status: number; headers?: Record<string, string>; body?: unknown; absent?: readonly string[] };
};

export type Reply = { status: number; headers: Headers; text: string; body: unknown };

/** Reads the exchanges of one identity provider, in the order of their files. */
export async function readExchanges(folder: string): Promise<Exchange[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json")).sort();
  return await Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(folder, file), "utf8");
      return {
        ...(JSON.parse(text) as Omit<Exchange, "name">),
        name: file.replace(/^\d+-/, "").replace(/\.json$/, ""),
      };
    }),
  );
}

/** Plays the exchanges of one provider in their order and remembers the answers. */
export type Player = {
  play(exchange: Exchange): Promise<{ reply: Reply; expected: Exchange["expect"] }>;
};

/** Opens a player; `run` is a word of its own for this run. */
export function openPlayer(endpoint: Endpoint, run: string): Player {
  const known = new Map<string, unknown>([["run", run]]);
  const fill = (text: string): string =>
    text.replaceAll(/\{\{([^{}]+)\}\}/g, (whole, place: string) => {
      const value = known.get(place);
      if (typeof value !== "string") throw new Error(`${whole} was in no earlier answer`);
      return value;
    });
  return {
    async play(exchange) {
      const request = deepFill(exchange.request, fill) as Exchange["request"];
      const reply = await send(endpoint, request);
      if (isObject(reply.body))
        for (const [member, value] of Object.entries(reply.body)) known.set(`${exchange.name}.${member}`, value);
      return { reply, expected: deepFill(exchange.expect, fill) as Exchange["expect"] };
    },
  };
}

/** Sends one request as it is. */
export async function send({ url, token }: Endpoint, request: Exchange["request"]): Promise<Reply> {
  const response = await fetch(`${url.replace(/\/+$/, "")}${request.path}`, {
    method: request.method,
    redirect: "manual",
    headers: { Authorization: `Bearer ${token}`, ...request.headers },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

/** Lists the places that are in `body` although they should not be. */
export function unwanted(body: unknown, absent: readonly string[] = []): string[] {
  return absent.filter((place) => {
    // A URN holds dots of its own ("2.0"), so the whole place is tried as a member first.
    const split = isObject(body) && Object.hasOwn(body, place) ? -1 : place.lastIndexOf(".");
    const outer = split === -1 ? body : isObject(body) ? body[place.slice(0, split)] : undefined;
    return isObject(outer) && Object.hasOwn(outer, place.slice(split + 1));
  });
}

function deepFill(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((element) => deepFill(element, fill));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [fill(key), deepFill(inner, fill)]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
