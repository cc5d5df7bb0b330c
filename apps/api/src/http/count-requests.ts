import type { IncomingMessage, ServerResponse } from "node:http";
import type { Metrics } from "@muster/runtime";

/** Counts requests and their time by surface and kind of answer: few label values, whatever clients send. */
export function countRequests(metrics: Metrics) {
  const seconds = metrics.histogram({
    name: "muster_http_request_seconds",
    help: "Time from a request's first byte to its answer's last",
    labels: ["surface", "status"],
    buckets: [0.005, 0.025, 0.1, 0.5, 2, 10],
  });
  return (req: IncomingMessage, res: ServerResponse): void => {
    const startedAtMs = performance.now();
    const surface = req.url?.startsWith("/scim/") === true ? "scim" : "api";
    res.on("finish", () => {
      seconds.observe((performance.now() - startedAtMs) / 1_000, {
        surface,
        status: `${Math.floor(res.statusCode / 100)}xx`,
      });
    });
  };
}
