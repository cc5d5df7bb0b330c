import type { IncomingMessage, ServerResponse } from "node:http";
import { type HttpServer, listen } from "./listen.ts";
import type { Metrics } from "./metrics.ts";

/** Longer than a healthy database needs, shorter than the usual probe's patience. */
const READY_LIMIT_MS = 3000;

export type Readiness = { ok: boolean; checks: Record<string, string> };

export type HealthDeps = {
  metrics: Metrics;
  /** Says whether this process can serve, check by check; must not throw secrets into the texts. */
  ready(): Promise<Readiness>;
  readyLimitMs?: number;
};

/** Answers a request and returns true if it asks for /healthz, /readyz or /metrics; leaves all others alone. */
export type HealthHandler = (req: IncomingMessage, res: ServerResponse) => boolean;

/** Makes the handler for /healthz (alive), /readyz (can serve, else 503) and /metrics (Prometheus text). */
export function createHealthHandler(deps: HealthDeps): HealthHandler {
  return (req, res) => {
    const path = (req.url ?? "").split("?", 1)[0];
    if (path !== "/healthz" && path !== "/readyz" && path !== "/metrics") {
      return false;
    }
    if (req.method !== "GET" && req.method !== "HEAD") {
      res.setHeader("Allow", "GET, HEAD");
      sendJson(res, 405, { status: "method not allowed" });
      return true;
    }
    if (path === "/healthz") {
      sendJson(res, 200, { status: "ok" });
    } else if (path === "/readyz") {
      void sendReadiness(deps, res);
    } else {
      void sendMetrics(deps, res);
    }
    return true;
  };
}

/** Serves only health and metrics, for a process that has no other HTTP. */
export function serveHealth(deps: HealthDeps & { host: string; port: number }): Promise<HttpServer> {
  const answer = createHealthHandler(deps);
  return listen({
    host: deps.host,
    port: deps.port,
    handler: (req, res) => {
      if (!answer(req, res)) {
        sendJson(res, 404, { status: "not found" });
      }
    },
  });
}

async function sendReadiness({ ready, readyLimitMs = READY_LIMIT_MS }: HealthDeps, res: ServerResponse): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(() => {
      resolve({ ok: false, checks: { readiness: `no answer in ${String(readyLimitMs)} ms` } });
    }, readyLimitMs);
  });
  try {
    const { ok, checks } = await Promise.race([ready(), late]);
    sendJson(res, ok ? 200 : 503, { status: ok ? "ready" : "not ready", checks });
  } catch {
    sendJson(res, 503, { status: "not ready", checks: { readiness: "failed" } });
  } finally {
    clearTimeout(timer);
  }
}

async function sendMetrics({ metrics }: HealthDeps, res: ServerResponse): Promise<void> {
  try {
    send(res, 200, metrics.contentType, await metrics.text());
  } catch {
    sendJson(res, 503, { status: "metrics not available" });
  }
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  send(res, status, "application/json", JSON.stringify(body));
}

function send(res: ServerResponse, status: number, contentType: string, body: string): void {
  res.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  res.end(body);
}
