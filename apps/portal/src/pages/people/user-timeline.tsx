import { Paper, Stack, Text, Title } from "@mantine/core";
import type { TimelineEntry } from "@muster/contract";
import { useList } from "../../api/queries.ts";
import { State, type Tone } from "../../parts/badge.tsx";
import { Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";

const EVERY_MS = 10_000;

const KINDS: Readonly<Record<TimelineEntry["kind"], { word: string; tone: Tone }>> = {
  accepted: { word: "Accepted", tone: "good" },
  attempt: { word: "Sent to the app", tone: "quiet" },
  hold: { word: "Removal held", tone: "warn" },
  conflict: { word: "Conflict", tone: "warn" },
};

/** What happened about a person, the newest first: from the request that came in to the answer of the app (C4). */
export function UserTimeline(params: { tenantId: string; userId: string }) {
  const list = useList("GET /api/v1/tenants/{tenantId}/users/{userId}/timeline", { params }, { everyMs: EVERY_MS });
  const none = (
    <Text size="sm" c="dimmed">
      Nothing has happened yet.
    </Text>
  );
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        Timeline
      </Title>
      <Listed list={list} empty={none}>
        {(entries) => (
          <Stack component="ol" className="plain-list" gap="sm">
            {entries.map((entry) => (
              <li key={entry.id}>
                <Entry entry={entry} />
              </li>
            ))}
          </Stack>
        )}
      </Listed>
    </Paper>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { word, tone } = KINDS[entry.kind];
  const facts = [entry.what, entry.state, entry.status].filter((fact) => fact !== null).join(" · ");
  return (
    <>
      <State tone={tone}>{word}</State>{" "}
      <Text size="sm" c="dimmed" component="span">
        <When at={entry.at} />
      </Text>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {facts}
        {entry.actor === null ? "" : ` by ${entry.actor}`}
      </Text>
      {entry.detail !== null && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {entry.detail}
        </Text>
      )}
    </>
  );
}
