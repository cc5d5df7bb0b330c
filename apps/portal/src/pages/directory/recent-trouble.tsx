import { Paper, Stack, Text, Title } from "@mantine/core";
import { useRead } from "../../api/queries.ts";
import { When } from "../../parts/when.tsx";

const EVERY_MS = 10_000;
const SHOWN = 3;

/** What looks off lately: requests that were refused, and what a client says otherwise than the standard. */
export function RecentTrouble(params: { tenantId: string; directoryId: string }) {
  const log = "GET /api/v1/tenants/{tenantId}/directories/{directoryId}/requests";
  const refused = useRead(log, { params, query: { status: "4xx", pageSize: SHOWN } }, { everyMs: EVERY_MS });
  const dialects = useRead(
    "GET /api/v1/tenants/{tenantId}/directories/{directoryId}/dialects",
    { params },
    { everyMs: EVERY_MS },
  );
  const notes = (dialects.data?.dialects ?? []).flatMap((dialect) => dialect.notes).slice(0, SHOWN);
  const items = refused.data?.items ?? [];
  if (items.length === 0 && notes.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        {items.length > 0 && (
          <>
            <Title order={2}>Refused lately</Title>
            {items.map((one) => (
              <div key={one.id}>
                <Text size="sm" className="secret">
                  {one.method} {one.path} → {one.status}
                </Text>
                <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {one.detail ?? "No reason was kept."} (<When at={one.at} />)
                </Text>
              </div>
            ))}
          </>
        )}
        {notes.length > 0 && (
          <>
            <Title order={2}>Understood, though unusual</Title>
            {notes.map((note) => (
              <Text size="sm" c="dimmed" key={`${note.seen} ${note.taken}`} style={{ overflowWrap: "anywhere" }}>
                {note.seen}: taken as {note.taken}, {note.count} times
              </Text>
            ))}
          </>
        )}
      </Stack>
    </Paper>
  );
}
