import { Button, Group, Paper, Stack, Switch, Table, Text, Title } from "@mantine/core";
import type { Connection, Probe } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../../api/queries.ts";
import { Actor } from "../../../parts/actor.tsx";
import { State, type Tone } from "../../../parts/badge.tsx";
import { Failure } from "../../../parts/failure.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { ListTable } from "../../../parts/list-table.tsx";
import { When } from "../../../parts/when.tsx";

const UNDER_WAY_MS = 1_000;
const QUIET_MS = 30_000;

const VERDICTS: Readonly<Record<Probe["steps"][number]["verdict"], { tone: Tone; word: string }>> = {
  works: { tone: "good", word: "Works" },
  differs: { tone: "warn", word: "Differs, allowed for" },
  refused: { tone: "bad", word: "Not there" },
  unknown: { tone: "quiet", word: "Unknown" },
  skipped: { tone: "quiet", word: "Left out" },
};

const isUnderWay = ({ state }: Probe): boolean => state === "waiting" || state === "running";

/** Tries what the app really does, step by step, and shows what was learned of it. */
export function ProbeCard({ connection }: { connection: Connection }) {
  const params = { connectionId: connection.id };
  const [isBusy, setBusy] = useState(false);
  const [readOnly, setReadOnly] = useState(false);
  const list = useList(
    "GET /api/v1/connections/{connectionId}/probes",
    { params, query: { pageSize: 1 } },
    { everyMs: isBusy ? UNDER_WAY_MS : QUIET_MS },
  );
  const start = useChange("POST /api/v1/connections/{connectionId}/probes");
  const [latest] = list.items;
  const runs = latest !== undefined && isUnderWay(latest);
  if (runs !== isBusy) setBusy(runs);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Title order={2}>What the app can do</Title>
          <Group gap="md">
            <Switch
              label="Only read"
              checked={readOnly}
              onChange={(event) => setReadOnly(event.currentTarget.checked)}
            />
            <Guarded to="POST /api/v1/connections/{connectionId}/probes">
              <Button
                variant="default"
                loading={start.isPending || runs}
                onClick={() => start.mutate({ params, body: { readOnly } })}
              >
                Try it
              </Button>
            </Guarded>
          </Group>
        </Group>
        <Text size="sm" c="dimmed">
          Makes test users and a test group at the app, changes them, and takes them away again. Nothing else is
          touched.
        </Text>
        {start.isError && <Failure error={start.error} />}
        {list.query.error !== null && <Failure error={list.query.error} />}
        <div aria-live="polite">{latest !== undefined && <Latest probe={latest} />}</div>
        <Learned connection={connection} />
      </Stack>
    </Paper>
  );
}

function Latest({ probe }: { probe: Probe }) {
  return (
    <Stack gap="xs">
      <Text size="sm">
        {sayState(probe)} <When at={probe.finishedAt ?? probe.createdAt} />, by <Actor of={probe.actor} />
        {probe.reason === null ? "" : `: ${probe.reason}`}
      </Text>
      {probe.steps.length > 0 && (
        <ListTable heads={["Step", "Verdict", "What it means"]} minWidth={560} highlights={false}>
          {probe.steps.map((step) => (
            <Table.Tr key={`${step.step} ${step.at}`}>
              <Table.Td className="breakable">{step.step}</Table.Td>
              <Table.Td>
                <State tone={VERDICTS[step.verdict].tone}>{VERDICTS[step.verdict].word}</State>
              </Table.Td>
              <Table.Td className="breakable">
                {step.said}
                <Text size="xs" c="dimmed">
                  {step.asked} → {step.came}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      )}
    </Stack>
  );
}

function sayState({ state }: Probe): string {
  if (state === "waiting") return "Begins in a moment, asked";
  if (state === "running") return "Under way since";
  return state === "done" ? "Done" : "Ended early";
}

function Learned({ connection }: { connection: Connection }) {
  const { profile } = connection.learned;
  const forget = useChange("PATCH /api/v1/connections/{connectionId}");
  if (profile === null) return null;
  return (
    <Stack gap="xs">
      <Title order={3} fz="md">
        Learned
      </Title>
      <Text size="sm" component="ul" className="plain-list breakable">
        {profile.evidence.map(({ setting, said, at }) => (
          <li key={setting}>
            <strong>{setting}</strong>: {said} (<When at={at} />)
          </li>
        ))}
      </Text>
      {forget.isError && <Failure error={forget.error} />}
      <Guarded to="PATCH /api/v1/connections/{connectionId}">
        <Button
          size="xs"
          variant="default"
          style={{ alignSelf: "flex-start" }}
          loading={forget.isPending}
          onClick={() => forget.mutate({ params: { connectionId: connection.id }, body: { learnedProfile: null } })}
        >
          Forget what was learned
        </Button>
      </Guarded>
    </Stack>
  );
}
