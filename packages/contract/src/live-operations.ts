import { ConnectionStatus } from "./accounts.ts";
import type { Operation } from "./operation.ts";
import { connectionParams } from "./operation-params.ts";

/** What goes on being told while somebody listens. */
export const liveOperations = {
  watchConnectionStatus: {
    id: "watchConnectionStatus",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/status/live",
    summary: "Follow how far the app is from what it should hold: an event `status` at once, and whenever it changes",
    params: connectionParams,
    success: { status: 200, schema: ConnectionStatus, live: true },
  },
} as const satisfies Record<string, Operation>;
