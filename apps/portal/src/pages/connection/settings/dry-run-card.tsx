import { Alert, Anchor, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, Plan } from "@muster/contract";
import { useChange } from "../../../api/queries.ts";
import { Failure } from "../../../parts/failure.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { Link } from "../../../router.tsx";

const STEPS: Readonly<Record<Plan["steps"][number]["step"], string>> = {
  create: "get a new account",
  takeOver: "get an account that is there already",
  update: "are changed",
  reactivate: "are made active again",
  deactivate: "are made inactive",
  delete: "are deleted",
  lookUp: "are read in the app first",
  wait: "wait",
  conflict: "need a decision",
  forbidden: "are left, as the settings forbid it",
  unfit: "cannot be sent",
  held: "wait for approval",
  waitlisted: "wait for a seat",
  unapproved: "wait for approval",
  gated: "wait for the gate",
  none: "stay as they are",
};

const say = (count: number) => count.toLocaleString("en");

/** What would be done to whom now, without doing it; and the gate, where nothing is sent yet. */
export function DryRunCard({ connection }: { connection: Connection }) {
  const plan = useChange("POST /api/v1/connections/{connectionId}/plan");
  const open = useChange("POST /api/v1/connections/{connectionId}/gate/open");
  const params = { connectionId: connection.id };
  const isOpen = connection.gate.state === "open";
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2}>Dry run</Title>
          <Group gap="xs">
            <Guarded to="POST /api/v1/connections/{connectionId}/plan">
              <Button
                variant="default"
                loading={plan.isPending}
                onClick={() => plan.mutate({ params, body: { ifOpen: true, names: 5 } })}
              >
                What would be done now?
              </Button>
            </Guarded>
            {!isOpen && (
              <Guarded to="POST /api/v1/connections/{connectionId}/gate/open">
                <Button loading={open.isPending} onClick={() => open.mutate({ params, body: {} })}>
                  Open the gate
                </Button>
              </Guarded>
            )}
          </Group>
        </Group>
        {plan.data === undefined && (
          <Text size="sm" c="dimmed">
            Works out every account as it would be sent now. Nothing is sent or stored.
          </Text>
        )}
        {plan.isError && <Failure error={plan.error} />}
        {open.isError && <Failure error={open.error} />}
        <div aria-live="polite">
          {plan.data !== undefined && <Result tenantId={connection.tenantId} plan={plan.data} />}
        </div>
      </Stack>
    </Paper>
  );
}

function Result({ tenantId, plan }: { tenantId: string; plan: Plan }) {
  const steps = plan.steps.filter(({ count }) => count > 0);
  return (
    <Stack gap="xs">
      <Text size="sm">
        {say(plan.people)} people, {say(plan.inScope)} of them in scope.{" "}
        {plan.isExpanding && "An edit is still being worked in: ask again in a moment."}
      </Text>
      {plan.removals > plan.guardThreshold && (
        <Alert color="orange" variant="outline" title="This is much at once">
          {say(plan.removals)} people would lose access; one change that takes it from more than{" "}
          {say(plan.guardThreshold)} waits for approval.
        </Alert>
      )}
      {steps.map(({ step, count, first }) => (
        <div key={step}>
          <Text size="sm" fw={600}>
            {say(count)} {STEPS[step]}
          </Text>
          {step !== "none" && (
            <Text size="sm" component="ul" className="plain-list breakable">
              {first.map(({ userId, userName, reason }) => (
                <li key={userId}>
                  <Anchor component={Link} to={`/tenants/${tenantId}/users/${userId}`}>
                    {userName}
                  </Anchor>
                  {reason === null ? "" : `: ${reason}`}
                </li>
              ))}
            </Text>
          )}
        </div>
      ))}
      {plan.notes.length > 0 && (
        <List size="sm">
          {plan.notes.map((note) => (
            <List.Item key={note} c="dimmed">
              {note}
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}
