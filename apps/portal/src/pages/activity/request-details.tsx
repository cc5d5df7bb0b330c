import { Stack, Text, Title } from "@mantine/core";
import { useRead } from "../../api/queries.ts";
import { JsonBlock } from "../../parts/json-block.tsx";
import { Loaded } from "../../parts/states.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";

/** One request in full, masked. */
export function RequestDetails(params: { tenantId: string; directoryId: string; requestId: string }) {
  const request = useRead("GET /api/v1/tenants/{tenantId}/directories/{directoryId}/requests/{requestId}", { params });
  return (
    <Loaded of={request}>
      {(read) => (
        <Stack gap="sm">
          <Title order={3} className="secret">
            {read.method} {read.path} → {read.status}
          </Title>
          <Text size="sm" className="breakable">
            <When at={read.at} />, from {read.client}
            {read.actor === null ? "" : ` with ${read.actor}`}, in {Math.round(read.durationMs)} ms{" "}
            <TraceLink tenantId={params.tenantId} traceId={read.traceId} />
          </Text>
          {read.detail !== null && (
            <Text size="sm" className="breakable">
              {read.detail}
              {read.scimType === null ? "" : ` (${read.scimType})`}
            </Text>
          )}
          {read.notes.map(({ seen, taken }) => (
            <Text key={`${seen} ${taken}`} size="sm" className="breakable">
              Unusual: {seen}; taken as {taken}
            </Text>
          ))}
          {read.body === null ? (
            <Text size="sm" c="dimmed">
              No body was kept.
            </Text>
          ) : (
            <JsonBlock of={read.body} name="Body, masked" height={360} />
          )}
        </Stack>
      )}
    </Loaded>
  );
}
