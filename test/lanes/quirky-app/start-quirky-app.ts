import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type Attributes, errorUrn } from "@muster/scim";
import type { Quirks } from "./quirks.ts";
import { createQuirkyGroups, type QuirkyGroups } from "./quirky-groups.ts";
import { createQuirkyUsers, type QuirkyUsers } from "./quirky-users.ts";
import { Refused, type Reply } from "./refused.ts";

export type QuirkyApp = {
  baseUrl: string;
  address: string;
  users: QuirkyUsers["all"];
  addUser: QuirkyUsers["add"];
  groups: QuirkyGroups;
  /** What was asked of it that it does not take, with its answer; a read of what is gone is no offence. */
  refused: string[];
  close(): Promise<void>;
};

const KEY = "quirky-key";

/** Starts an app on a free loopback port that takes exactly what one real app takes, by its quirks. */
export async function startQuirkyApp(quirks: Quirks): Promise<QuirkyApp> {
  const users = createQuirkyUsers(quirks);
  const groups = createQuirkyGroups(quirks, users.all);
  const refused: string[] = [];

  function answer(incoming: IncomingMessage, body: Attributes): Reply {
    const { method = "", headers, url = "" } = incoming;
    const { pathname, searchParams: query } = new URL(url, "http://app");
    const [, kind, id] = /^\/scim\/(Users|Groups)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const given = headers[quirks.signIn];
    if (given !== (quirks.signIn === "x-api-key" ? KEY : `Bearer ${KEY}`)) throw new Refused(401, "who are you");
    if (!headers["user-agent"]) throw new Refused(403, "User-Agent is required");
    if (headers.accept !== "application/scim+json") throw new Refused(406, "Accept");
    const request = { method, id: id === undefined ? null : decodeURIComponent(id), query, body };
    if (kind === undefined) throw new Refused(404, `nothing at ${pathname}`);
    return kind === "Users" ? users.answer(request) : groups.answer(request);
  }

  const server = createServer((incoming, response) => {
    void (async () => {
      const body = await text(incoming);
      let reply: Reply;
      try {
        reply = answer(incoming, body === "" ? {} : (JSON.parse(body) as Attributes));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const { status, message, scimType } = error;
        if (!(status === 404 && incoming.method === "GET"))
          refused.push(`${incoming.method} ${incoming.url}: ${status} ${message}`);
        reply = {
          status,
          body: { schemas: [errorUrn], status: String(status), detail: message, ...(scimType && { scimType }) },
        };
      }
      response.writeHead(reply.status, { "content-type": "application/scim+json" });
      response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/scim`,
    address: `127.0.0.1:${port}`,
    users: users.all,
    addUser: users.add,
    groups,
    refused,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The app's key, as a connection is given it. */
export const authOf = ({ signIn }: Quirks) =>
  signIn === "x-api-key"
    ? ({ scheme: "header", name: "x-api-key", value: KEY } as const)
    : ({ scheme: "bearer", token: KEY } as const);
