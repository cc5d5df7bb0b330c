import type { Operation } from "./operation.ts";
import { connectionParams, probeParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";
import { Probe, ProbePage, StartProbeRequest } from "./probes.ts";

/** What an app really does, tried with test users that are taken away again. */
export const probeOperations = {
  startProbe: {
    id: "startProbe",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/probes",
    summary: "Try what the app does, with test users and a test group that are taken away again; a worker does it",
    params: connectionParams,
    body: StartProbeRequest,
    bodyOptional: true,
    success: { status: 202, schema: Probe },
  },
  listProbes: {
    id: "listProbes",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/probes",
    summary: "List a connection's latest probes, the newest first",
    params: connectionParams,
    query: PageQuery,
    success: { status: 200, schema: ProbePage },
  },
  getProbe: {
    id: "getProbe",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/probes/{probeId}",
    summary: "Read what a probe asked, what came and what it means",
    params: probeParams,
    success: { status: 200, schema: Probe },
  },
} as const satisfies Record<string, Operation>;
