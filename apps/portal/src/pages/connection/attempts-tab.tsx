import { Group, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import type { AttemptView, Connection } from "@muster/contract";
import { useState } from "react";
import { useList, useRead } from "../../api/queries.ts";
import { State, type Tone } from "../../parts/badge.tsx";
import { DialogFrame } from "../../parts/dialog.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed, Loaded } from "../../parts/states.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";
import { Exchanges } from "./exchanges.tsx";

const EVERY_MS = 5_000;

/** What was sent to the app and how it answered, the newest first. */
export function AttemptsTab({ connection }: { connection: Connection }) {
  const [shown, setShown] = useState<string | null>(null);
  const list = useList(
    "GET /api/v1/connections/{connectionId}/attempts",
    { params: { connectionId: connection.id } },
    { everyMs: EVERY_MS },
  );
  return (
    <>
      <Listed
        list={list}
        empty={<Empty title="Nothing was sent yet">Each try to change the app appears here, with its answer.</Empty>}
      >
        {(attempts) => <AttemptTable tenantId={connection.tenantId} attempts={attempts} onShow={setShown} />}
      </Listed>
      <DialogFrame title="Attempt" isOpen={shown !== null} onClose={() => setShown(null)} size="xl">
        {shown !== null && <AttemptDetails connectionId={connection.id} attemptId={shown} />}
      </DialogFrame>
    </>
  );
}

type TableProps = { tenantId: string; attempts: readonly AttemptView[]; onShow(id: string): void };

/** Attempts as rows; each opens in full. */
export function AttemptTable({ tenantId, attempts, onShow }: TableProps) {
  return (
    <ListTable heads={["What", "Outcome", "Answer", "When"]} minWidth={620}>
      {attempts.map((attempt) => (
        <Table.Tr key={attempt.id}>
          <Table.Td>
            <Guarded
              to="GET /api/v1/connections/{connectionId}/attempts/{attemptId}"
              instead={<Text size="sm">{attempt.operation}</Text>}
            >
              <UnstyledButton
                onClick={() => onShow(attempt.id)}
                td="underline"
                fz="sm"
                aria-label={`Show ${attempt.operation} in full`}
              >
                {attempt.operation}
              </UnstyledButton>
            </Guarded>
          </Table.Td>
          <Table.Td>
            <State tone={toneOf(attempt.decision)}>{attempt.decision}</State>
          </Table.Td>
          <Table.Td style={{ overflowWrap: "anywhere" }}>
            {attempt.status ?? "none"} in {attempt.durationMs.toLocaleString("en")} ms
            {attempt.detail !== null && (
              <Text size="xs" c="dimmed">
                {attempt.detail}
              </Text>
            )}
          </Table.Td>
          <Table.Td>
            <When at={attempt.at} /> <TraceLink tenantId={tenantId} traceId={attempt.traceId} />
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function toneOf(decision: string): Tone {
  if (decision === "applied" || decision === "probed") return "good";
  return decision === "parked" || decision === "conflict" || decision === "quarantined" ? "bad" : "warn";
}

/** One attempt with what went over the wire. */
export function AttemptDetails(params: { connectionId: string; attemptId: string }) {
  const attempt = useRead("GET /api/v1/connections/{connectionId}/attempts/{attemptId}", { params });
  return (
    <Loaded of={attempt}>
      {({ operation, decision, number, traceId, exchanges, detail }) => (
        <Stack gap="sm">
          <Group>
            <State tone={toneOf(decision)}>{decision}</State>
            <Text size="sm">
              {operation}, try {number}
              {traceId === null ? "" : `, trace ${traceId}`}
            </Text>
          </Group>
          {detail !== null && <Text size="sm">{detail}</Text>}
          <Exchanges of={exchanges} />
        </Stack>
      )}
    </Loaded>
  );
}
