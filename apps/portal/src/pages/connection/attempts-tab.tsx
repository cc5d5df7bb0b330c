import { Code, Group, Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";
import type { AttemptView, Connection } from "@muster/contract";
import { useState } from "react";
import { useList, useRead } from "../../api/queries.ts";
import { State, type Tone } from "../../parts/badge.tsx";
import { DialogFrame } from "../../parts/dialog.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed, Loaded } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";

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
        {(attempts) => <AttemptTable attempts={attempts} onShow={setShown} />}
      </Listed>
      <DialogFrame title="Attempt" isOpen={shown !== null} onClose={() => setShown(null)} size="xl">
        {shown !== null && <AttemptDetails connectionId={connection.id} attemptId={shown} />}
      </DialogFrame>
    </>
  );
}

function AttemptTable({ attempts, onShow }: { attempts: AttemptView[]; onShow(id: string): void }) {
  return (
    <ListTable heads={["What", "Outcome", "Answer", "When"]} minWidth={620}>
      {attempts.map((attempt) => (
        <Table.Tr key={attempt.id}>
          <Table.Td>
            <UnstyledButton
              onClick={() => onShow(attempt.id)}
              td="underline"
              fz="sm"
              aria-label={`Show ${attempt.operation} in full`}
            >
              {attempt.operation}
            </UnstyledButton>
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
            <When at={attempt.at} />
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

function AttemptDetails(params: { connectionId: string; attemptId: string }) {
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
          {exchanges === null && (
            <Text size="sm" c="dimmed">
              What went over the wire was not kept.
            </Text>
          )}
          {(exchanges ?? []).map((exchange) => (
            <Stack gap={4} key={`${exchange.method} ${exchange.path} ${JSON.stringify(exchange.body)}`}>
              <Title order={3} className="secret">
                {exchange.method} {exchange.path} → {exchange.status ?? "no answer"}
              </Title>
              <Body of={exchange.body} name="Sent" />
              <Body of={exchange.answer} name="Answered" />
            </Stack>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Body({ of, name }: { of: unknown; name: string }) {
  if (of === null || of === undefined) return null;
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Code block mah={240} style={{ overflow: "auto" }} tabIndex={0} role="region" aria-label={name}>
        {JSON.stringify(of, null, 2)}
      </Code>
    </div>
  );
}
