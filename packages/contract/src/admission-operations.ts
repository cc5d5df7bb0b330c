import { WaitingPersonPage } from "./admission.ts";
import type { Operation } from "./operation.ts";
import { connectionParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";

/** Who is let into an app, and when. */
export const admissionOperations = {
  listWaitlist: {
    id: "listWaitlist",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/waitlist",
    summary: "List who waits for a seat, in the order in which they are let in",
    params: connectionParams,
    query: PageQuery,
    success: { status: 200, schema: WaitingPersonPage },
  },
} as const satisfies Record<string, Operation>;
