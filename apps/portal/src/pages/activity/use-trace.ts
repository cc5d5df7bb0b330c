import type { AttemptView, Connection, RequestView } from "@muster/contract";
import { useQuery } from "@tanstack/react-query";
import type { ApiError } from "../../api/call.ts";
import { useSession } from "../../api/session.tsx";

/** A tenant with more directories or connections than this is asked for the first ones. */
const MOST = 50;
const EVERY_MS = 5_000;

export type Trace = {
  requests: { directoryId: string; items: RequestView[] }[];
  attempts: { connection: Connection; items: AttemptView[] }[];
};

/** Everything that is kept of one request: what came in, and what was sent to apps because of it. */
export function useTrace(tenantId: string, traceId: string) {
  const { call } = useSession();
  return useQuery<Trace, ApiError>({
    queryKey: ["a trace", tenantId, traceId],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) => {
      const here = { params: { tenantId }, query: { pageSize: MOST } };
      const [directories, connections] = await Promise.all([
        call("GET /api/v1/tenants/{tenantId}/directories", here, signal),
        call("GET /api/v1/tenants/{tenantId}/connections", here, signal),
      ]);
      const query = { traceId };
      const requests = directories.items.map(async ({ id: directoryId }) => {
        const params = { tenantId, directoryId };
        const route = "GET /api/v1/tenants/{tenantId}/directories/{directoryId}/requests";
        return { directoryId, items: (await call(route, { params, query }, signal)).items };
      });
      const attempts = connections.items.map(async (connection) => {
        const params = { connectionId: connection.id };
        const route = "GET /api/v1/connections/{connectionId}/attempts";
        return { connection, items: (await call(route, { params, query }, signal)).items };
      });
      const [came, went] = await Promise.all([Promise.all(requests), Promise.all(attempts)]);
      return {
        requests: came.filter(({ items }) => items.length > 0),
        attempts: went.filter(({ items }) => items.length > 0),
      };
    },
  });
}
