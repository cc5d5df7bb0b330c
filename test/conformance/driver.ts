import { readdir, readFile } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import path from "node:path";
import { type Expectation, type Reply, valueAt } from "./compare-reply.ts";

/** A SCIM endpoint to speak to. */
export type Endpoint = { url: string; token: string };

/** One request of an identity provider and what it must be answered; test/fixtures/idp/README.md describes the files. */
export type Exchange = {
  /** The file's name without its number: how later exchanges refer to the answer. */
  name: string;
  does: string;
  source: string;
  request: { method: string; path: string; headers?: Record<string, string>; body?: unknown };
  expect: Expectation;
};

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
  play(exchange: Exchange): Promise<{ reply: Reply; expected: Expectation }>;
};

/** Opens a player; `run` is a word of its own for this run. */
export function openPlayer(endpoint: Endpoint, run: string): Player {
  const answers: Record<string, unknown> = { run };
  return {
    async play(exchange) {
      const request = fill(exchange.request, answers) as Exchange["request"];
      const reply = await send(endpoint, request);
      answers[exchange.name] = reply.body;
      return { reply, expected: fill(exchange.expect, answers) as Expectation };
    },
  };
}

/**
 * Sends one request as it is: no header but those named, Authorization and what HTTP needs; the path letter for letter,
 * with an empty `?` or a trailing `&`, which fetch would tidy away. A body that is text goes out as it is.
 */
export async function send({ url, token }: Endpoint, request: Exchange["request"]): Promise<Reply> {
  const base = new URL(url);
  const body = typeof request.body === "string" ? request.body : JSON.stringify(request.body);
  const open = base.protocol === "https:" ? requestHttps : requestHttp;
  return await new Promise((resolve, reject) => {
    const outgoing = open(
      {
        hostname: base.hostname,
        port: base.port,
        method: request.method,
        path: `${base.pathname.replace(/\/+$/, "")}${request.path}`,
        headers: {
          Authorization: `Bearer ${token}`,
          ...request.headers,
          ...(body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) }),
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const headers = new Headers();
          for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, headers, text, body: parse(text) });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/**
 * Puts in what earlier answers hold, `{{create.id}}`, and repeats: `{"$times": 3, "$each": "x-{{n}}"}` in a list stands
 * for three elements. Only text is put in, so an id that is a number is a fault like a missing one.
 */
function fill(value: unknown, answers: Record<string, unknown>): unknown {
  if (typeof value === "string")
    return value.replaceAll(/\{\{([^{}]+)\}\}/g, (whole, place: string) => {
      const found = valueAt(answers, place);
      if (typeof found !== "string") throw new Error(`${whole} is not text in any earlier answer`);
      return found;
    });
  if (Array.isArray(value)) return value.flatMap((element) => repeat(element, answers));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [fill(key, answers), fill(inner, answers)]));
}

function repeat(element: unknown, answers: Record<string, unknown>): unknown[] {
  const times = valueAt(element, "$times");
  if (typeof times !== "number") return [fill(element, answers)];
  return Array.from({ length: times }, (_, at) => fill(valueAt(element, "$each"), { ...answers, n: String(at + 1) }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
