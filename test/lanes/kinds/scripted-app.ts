import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Attributes } from "@muster/scim";

/** An account as the app keeps it, whatever it is spoken to in. */
export type AppAccount = {
  id: string;
  externalId: string | null;
  userName: string;
  displayName: string | null;
  active: boolean;
};

/** What a request asks for, told apart so that a script can say which one it is about. */
export type Asks = "create" | "change" | "remove" | "look" | "check";

type AppRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
};
export type AppReply = { status: number; body?: Attributes | Attributes[]; headers?: Readonly<Record<string, string>> };

/** How one kind of target speaks to the app: what each request asks for, and what it does to the accounts. */
export type Dialect = {
  asksFor(request: AppRequest): Asks;
  answer(request: AppRequest, accounts: Map<string, AppAccount>): AppReply;
};

/** What happens to the next requests of a sort in place of what the app would do. */
type Trouble =
  /** The app does nothing, and answers this. */
  | { kind: "answer"; reply: AppReply | string }
  /** The app does what was asked, and its answer is lost on the way. */
  | { kind: "lose" }
  /** The app answers as if it had done what was asked, and has not. */
  | { kind: "pretend" };

export type ScriptedApp = {
  baseUrl: string;
  address: string;
  accounts: Map<string, AppAccount>;
  /** Every request that came, in order. */
  asked: { asks: Asks; request: AppRequest }[];
  /** Lets trouble happen to the next requests that ask for this, so many times. */
  script(asks: Asks | "any", trouble: Trouble, times?: number): void;
  /** Ends what was scripted. */
  heal(): void;
  close(): Promise<void>;
};

/** Starts an app on a free loopback port that keeps accounts, speaks one dialect, and misbehaves as it is told. */
export async function startScriptedApp(dialect: Dialect): Promise<ScriptedApp> {
  const accounts = new Map<string, AppAccount>();
  const asked: ScriptedApp["asked"] = [];
  let scripted: { asks: Asks | "any"; trouble: Trouble; left: number }[] = [];

  function troubleFor(asks: Asks): Trouble | null {
    const found = scripted.find((one) => one.left > 0 && (one.asks === "any" || one.asks === asks));
    if (found === undefined) return null;
    found.left -= 1;
    return found.trouble;
  }

  function handle(request: AppRequest, response: ServerResponse): void {
    const asks = dialect.asksFor(request);
    asked.push({ asks, request });
    const trouble = troubleFor(asks);
    if (trouble?.kind === "answer") {
      send(response, trouble.reply);
      return;
    }
    const reply = dialect.answer(request, trouble?.kind === "pretend" ? copyOf(accounts) : accounts);
    if (trouble?.kind === "lose") response.destroy();
    else send(response, reply);
  }

  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const { pathname, searchParams } = new URL(incoming.url ?? "", "http://app");
      const { method = "", headers } = incoming;
      handle({ method, path: pathname, query: searchParams, headers, body }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const address = `127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
  return {
    baseUrl: `http://${address}/api`,
    address,
    accounts,
    asked,
    script(asks, trouble, times = 1) {
      scripted.push({ asks, trouble, left: times });
    },
    heal() {
      scripted = [];
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const copyOf = (accounts: Map<string, AppAccount>) =>
  new Map([...accounts].map(([id, account]) => [id, { ...account }]));

function send(response: ServerResponse, reply: AppReply | string): void {
  if (typeof reply === "string") {
    response.writeHead(200, { "content-type": "text/html" }).end(reply);
    return;
  }
  response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
  response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
}
