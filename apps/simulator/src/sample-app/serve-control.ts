import type { IncomingMessage, ServerResponse } from "node:http";
import { parseAuth } from "./app-auth.ts";
import { parseFaults } from "./parse-faults.ts";
import { readRequestBody } from "./read-request-body.ts";
import type { SampleApp } from "./sample-app.ts";
import { sendReply } from "./send-reply.ts";

type Query = URLSearchParams;
type ControlRoute = (app: SampleApp, query: Query, body: unknown) => unknown;

/**
 * The app seen and steered from another process, under `/__control`:
 * `GET state`, `GET ledger?afterSeq=n`, `DELETE ledger`, `GET counts`, `GET duplicates`, `DELETE state`,
 * `GET|PUT|POST|DELETE faults` (PUT replaces, POST adds), `PUT auth`, and `PUT users` / `DELETE users?userName=`
 * for what somebody does by hand in the app.
 */
const ROUTES: ReadonlyMap<string, ControlRoute> = new Map<string, ControlRoute>([
  ["GET state", (app) => ({ users: app.users(), groups: app.groups(), counts: app.counts() })],
  ["DELETE state", (app) => app.reset()],
  ["GET ledger", (app, query) => ({ entries: app.ledger(Number(query.get("afterSeq") ?? 0)), ...dropped(app) })],
  ["DELETE ledger", (app) => app.clearLedger()],
  ["GET counts", (app) => app.counts()],
  ["GET duplicates", (app) => ({ duplicates: app.duplicates() })],
  ["GET faults", (app) => ({ faults: app.faults.list() })],
  ["PUT faults", (app, _query, body) => app.faults.set(parseFaults(body))],
  ["POST faults", (app, _query, body) => app.faults.add(...parseFaults(body))],
  ["DELETE faults", (app) => app.faults.clear()],
  ["PUT auth", (app, _query, body) => app.setAuth(parseAuth(body))],
  ["PUT users", (app, _query, body) => app.putUserByHand(body)],
  ["DELETE users", (app, query) => ({ deleted: app.deleteUserByHand(query.get("userName") ?? "") })],
]);

const MAX_CONTROL_BODY_BYTES = 10_000_000;

/** Serves one request below `/__control/`; errors are plain JSON `{error}`. */
export async function serveControl(
  app: SampleApp,
  target: { path: string; query: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readRequestBody(request, MAX_CONTROL_BODY_BYTES);
  if (body.kind !== "text") return;
  const route = ROUTES.get(`${request.method} ${target.path}`);
  if (route === undefined) {
    send(response, 404, { error: `no ${request.method} ${target.path}; there are ${[...ROUTES.keys()].join(", ")}` });
    return;
  }
  try {
    const answer = route(app, new URLSearchParams(target.query), body.text === "" ? undefined : JSON.parse(body.text));
    send(response, 200, answer ?? {});
  } catch (error) {
    send(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  sendReply(response, { status, contentType: "application/json", body: `${JSON.stringify(body)}\n` });
}

function dropped(app: SampleApp): { dropped: number } {
  return { dropped: app.counts().dropped };
}
