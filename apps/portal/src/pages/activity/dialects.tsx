import { Paper, Stack, Text, Title } from "@mantine/core";
import { useRead } from "../../api/queries.ts";
import { When } from "../../parts/when.tsx";

const EVERY_MS = 15_000;

/** Which clients spoke to a directory lately, and what of it was not as the standard says. */
export function Dialects(params: { tenantId: string; directoryId: string }) {
  const { data } = useRead(
    "GET /api/v1/tenants/{tenantId}/directories/{directoryId}/dialects",
    { params },
    { everyMs: EVERY_MS },
  );
  if (data === undefined || data.dialects.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="xs">
        Who asked in the last days
      </Title>
      <Stack gap="xs">
        {data.dialects.map(({ client, requests, errors, lastSeenAt, notes }) => (
          <div key={client}>
            <Text size="sm" className="breakable">
              <strong>{client}</strong>: {requests.toLocaleString("en")} requests, {errors.toLocaleString("en")}{" "}
              refused, the last <When at={lastSeenAt} />
            </Text>
            {notes.map(({ seen, taken, count }) => (
              <Text key={`${seen} ${taken}`} size="xs" c="dimmed" className="breakable">
                {seen}: taken as {taken}, {count.toLocaleString("en")} times
              </Text>
            ))}
          </div>
        ))}
      </Stack>
    </Paper>
  );
}
