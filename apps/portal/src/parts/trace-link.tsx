import { Anchor } from "@mantine/core";
import { Link } from "../router.tsx";

/** The way to everything that one request led to; nothing where that was not kept. */
export function TraceLink({ tenantId, traceId }: { tenantId: string; traceId: string | null | undefined }) {
  if (traceId === null || traceId === undefined) return null;
  return (
    <Anchor
      component={Link}
      to={`/tenants/${tenantId}/traces/${traceId}`}
      size="xs"
      aria-label={`Trace ${traceId.slice(0, 8)}`}
    >
      trace {traceId.slice(0, 8)}
    </Anchor>
  );
}
