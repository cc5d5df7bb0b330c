import { Stack, Text } from "@mantine/core";
import type { TimelineEntry } from "@muster/contract";
import { useList } from "../../api/queries.ts";
import { Actor } from "../../parts/actor.tsx";
import { State, type Tone } from "../../parts/badge.tsx";
import { Listed } from "../../parts/states.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";

const EVERY_MS = 10_000;

const KINDS: Readonly<Record<TimelineEntry["kind"], { word: string; tone: Tone }>> = {
  accepted: { word: "Accepted", tone: "good" },
  attempt: { word: "Sent to the app", tone: "quiet" },
  hold: { word: "Removal held", tone: "warn" },
  conflict: { word: "Conflict", tone: "warn" },
  approval: { word: "Approval", tone: "warn" },
};

type Props = { tenantId: string; userId: string; connectionId?: string };

/** What happened about a person, in every app or in one, the newest first: from the request that came in to the answer of the app (C4). */
export function Timeline({ tenantId, userId, connectionId }: Props) {
  const inAll = useList(
    "GET /api/v1/tenants/{tenantId}/users/{userId}/timeline",
    { params: { tenantId, userId } },
    { everyMs: EVERY_MS, isEnabled: connectionId === undefined },
  );
  const inOne = useList(
    "GET /api/v1/connections/{connectionId}/accounts/{userId}/timeline",
    { params: { connectionId: connectionId ?? "", userId } },
    { everyMs: EVERY_MS, isEnabled: connectionId !== undefined },
  );
  const none = (
    <Text size="sm" c="dimmed">
      Nothing has happened yet.
    </Text>
  );
  return (
    <Listed list={connectionId === undefined ? inAll : inOne} empty={none}>
      {(entries) => (
        <Stack component="ol" className="plain-list" gap="sm">
          {entries.map((entry) => (
            <li key={entry.id}>
              <Entry tenantId={tenantId} entry={entry} />
            </li>
          ))}
        </Stack>
      )}
    </Listed>
  );
}

function Entry({ tenantId, entry }: { tenantId: string; entry: TimelineEntry }) {
  const { word, tone } = KINDS[entry.kind];
  const facts = [entry.what, entry.state, entry.status].filter((fact) => fact !== null).join(" · ");
  return (
    <>
      <State tone={tone}>{word}</State>{" "}
      <Text size="sm" c="dimmed" component="span">
        <When at={entry.at} />
      </Text>{" "}
      <TraceLink tenantId={tenantId} traceId={entry.traceId} />
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {facts}
        {entry.actor !== null && (
          <>
            {" "}
            by <Actor of={entry.actor} />
          </>
        )}
      </Text>
      {entry.detail !== null && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {entry.detail}
        </Text>
      )}
    </>
  );
}
