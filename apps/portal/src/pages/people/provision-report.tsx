import { Group, Stack, Text, Title } from "@mantine/core";
import type { Connection, ProvisionReport } from "@muster/contract";
import { State } from "../../parts/badge.tsx";
import { Icon } from "../../parts/icon.tsx";
import { JsonBlock } from "../../parts/json-block.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";
import { accountTones, accountWords } from "../connection/account-words.ts";
import { Exchanges } from "../connection/exchanges.tsx";

const STEPS: Readonly<Record<ProvisionReport["steps"][number]["step"], string>> = {
  scope: "Is in scope",
  desired: "What the account should be",
  plan: "What is to be done",
  send: "Sent to the app",
  result: "What came of it",
};

/** Every step of provisioning one person now, with what went over the wire. */
export function ProvisionSteps({ connection, report }: { connection: Connection; report: ProvisionReport }) {
  const { result } = report;
  return (
    <Stack gap="md">
      <ol className="plain-list" aria-label="Steps">
        {report.steps.map(({ step, ok, detail }) => (
          <li key={step}>
            <Group gap="sm" wrap="nowrap" align="flex-start" py={4}>
              <span className="step-number" style={{ color: ok ? "var(--good)" : "var(--bad)" }} aria-hidden="true">
                <Icon name={ok ? "check" : "remove"} size={14} />
              </span>
              <div style={{ minWidth: 0 }}>
                <Text fw={600}>
                  {STEPS[step]}
                  {ok ? "" : ": no"}
                </Text>
                <Text size="sm" c="dimmed" className="breakable">
                  {detail}
                </Text>
              </div>
            </Group>
          </li>
        ))}
      </ol>
      <Group gap="sm">
        {result.state !== null && <State tone={accountTones[result.state]}>{accountWords[result.state]}</State>}
        {!result.isDone && <Text size="sm">Nothing had come of it when the wait was over; it goes on by itself.</Text>}
        {result.nextAttemptAt !== null && (
          <Text size="sm" c="dimmed">
            It is tried again <When at={result.nextAttemptAt} />
          </Text>
        )}
        <TraceLink tenantId={connection.tenantId} traceId={report.traceId} />
      </Group>
      <JsonBlock of={report.desired} name="The user as it should be" />
      {report.attempts.map((attempt) => (
        <section key={attempt.id}>
          <Title order={3}>
            {attempt.operation}: {attempt.decision}
          </Title>
          <Exchanges of={attempt.exchanges} />
        </section>
      ))}
    </Stack>
  );
}
