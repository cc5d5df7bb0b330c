import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type Attributes, isAttributes, type Json } from "@muster/scim";

/** What an app answers; a body of null is none. */
export type StrictReply = { status: number; body: Json; headers?: Record<string, string> };

export type StrictRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  /** Null where there was none. */
  body: Attributes | null;
};

/** What an app does not take, and with which status it says so. */
export class NotTaken extends Error {
  override readonly name = "NotTaken";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type StrictApp = {
  address: string;
  origin: string;
  /** Every request with the status of its answer, in order. */
  ledger: { method: string; path: string; status: number }[];
  /** What was asked that it does not take; a read of what is gone is no offence. */
  refused: string[];
  /** Answers the next request with this method, and a path that has this in it, otherwise than it would; it is not in `refused`. */
  meet(method: string, path: string, reply: StrictReply): void;
  close(): Promise<void>;
};

/** Starts an app on a free loopback port that takes what `answer` takes, and notes everything else. */
export async function serveStrict(
  answer: (request: StrictRequest) => StrictReply,
  errorBody: (error: NotTaken) => Json,
): Promise<StrictApp> {
  const ledger: StrictApp["ledger"] = [];
  const refused: string[] = [];
  const met: { method: string; path: string; reply: StrictReply }[] = [];

  function reply(request: StrictRequest): StrictReply {
    const index = met.findIndex(({ method, path }) => method === request.method && request.path.includes(path));
    const [scripted] = index < 0 ? [] : met.splice(index, 1);
    if (scripted !== undefined) return scripted.reply;
    try {
      return answer(request);
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      const { method, path, query, body } = request;
      if (!(error.status === 404 && method === "GET"))
        refused.push(`${method} ${path}?${query.toString()} ${JSON.stringify(body)}: ${error.status} ${error.message}`);
      return { status: error.status, body: errorBody(error) };
    }
  }

  const server = createServer((incoming, response) => {
    void (async () => {
      const sent = await text(incoming);
      const { method = "", url = "", headers } = incoming;
      const { pathname: path, searchParams: query } = new URL(url, "http://app");
      const parsed = sent === "" ? null : (JSON.parse(sent) as Json);
      const {
        status,
        body,
        headers: more,
      } = reply({
        method,
        path,
        query,
        headers,
        body: parsed !== null && isAttributes(parsed) ? parsed : null,
      });
      ledger.push({ method, path, status });
      response.writeHead(status, { "content-type": "application/json", ...more });
      response.end(body === null ? undefined : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const address = `127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
  return {
    address,
    origin: `http://${address}`,
    ledger,
    refused,
    meet: (method, path, scripted) => met.push({ method, path, reply: scripted }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const notThere = (what: string): NotTaken => new NotTaken(404, `there is no ${what}`);

/** Refuses names that are not among those that are known. */
export function onlyKnown(names: Iterable<string>, known: readonly string[]): void {
  for (const name of names) if (!known.includes(name)) throw new NotTaken(400, `${name} is not known here`);
}

/** A page by `limit`, at most a hundred and ten unless said, and `skip`. */
export function pageOf<T>(all: readonly T[], query: URLSearchParams): T[] {
  const limit = Number(query.get("limit") ?? "10");
  const skip = Number(query.get("skip") ?? "0");
  if (!(limit >= 1 && limit <= 100) || !(skip >= 0)) throw new NotTaken(400, "limit is 1 to 100, skip 0 or more");
  return all.slice(skip, skip + limit);
}
