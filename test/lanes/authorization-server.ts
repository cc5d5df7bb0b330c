import { randomUUID } from "node:crypto";
import { Events, OAuth2Server } from "oauth2-mock-server";

/** What a client sent to the token endpoint. */
export type TokenCall = { form: Readonly<Record<string, unknown>>; authorization: string | null };

export type AuthorizationServer = {
  /** host:port */
  address: string;
  url: string;
  tokenUrl: string;
  authorizationUrl: string;
  calls: TokenCall[];
  /** Access tokens, the newest last. */
  issued: string[];
  /** Changes the answers to come: members of the body, or the status with it. */
  answer(change: { status?: number; body?: Record<string, unknown> } | null): void;
  close(): Promise<void>;
};

/** Starts an authorization server on a free loopback port; `onToken` hears of every access token that it gives. */
export async function startAuthorizationServer(onToken: (token: string) => void): Promise<AuthorizationServer> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
  const calls: TokenCall[] = [];
  const issued: string[] = [];
  let change: { status?: number; body?: Record<string, unknown> } | null = null;
  server.service.on(Events.BeforeResponse, (response, request) => {
    calls.push({ form: { ...request.body }, authorization: request.headers.authorization ?? null });
    if (change?.status !== undefined && change.status >= 400) {
      response.statusCode = change.status;
      response.body = change.body ?? {};
      return;
    }
    const token = `at-${randomUUID()}`;
    response.body = { ...(response.body === "" ? {} : response.body), access_token: token, ...change?.body };
    issued.push(token);
    onToken(token);
  });
  const { port } = server.address();
  const address = `127.0.0.1:${port}`;
  return {
    address,
    url: `http://${address}`,
    tokenUrl: `http://${address}/token`,
    authorizationUrl: `http://${address}/authorize`,
    calls,
    issued,
    answer(next) {
      change = next;
    },
    close: () => server.stop(),
  };
}
