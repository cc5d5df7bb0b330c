import { Alert, Anchor, Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import type { Approval, Connection } from "@muster/contract";
import { useState } from "react";
import { useList } from "../../../api/queries.ts";
import { useLinkedTenant } from "../../../api/session.tsx";
import { Empty, Listed } from "../../../parts/states.tsx";
import { Link } from "../../../router.tsx";
import { DecideStepsDialog, type Deciding } from "./decide-steps-dialog.tsx";
import { StepTable } from "./step-table.tsx";

const EVERY_MS = 5_000;
/** As many as are read at a time. */
const PAGE_SIZE = 50;

type State = Approval["state"];

const STATES: readonly { value: State; label: string }[] = [
  { value: "waiting", label: "Waiting" },
  { value: "approved", label: "Approved" },
  { value: "rejected", label: "Rejected" },
];

const EMPTY: Readonly<Record<State, { title: string; text: string }>> = {
  waiting: { title: "Nothing waits", text: "Whatever this connection asks about comes here, the oldest first." },
  approved: { title: "Nothing is on its way", text: "What was approved stays here until it is done in the app." },
  rejected: {
    title: "Nothing was rejected",
    text: "What was rejected stays here until something else should be, and can be approved after all.",
  },
};

/** Steps of single people that a connection takes only once somebody approves. */
export function Steps({ connection }: { connection: Connection }) {
  const [state, setState] = useState<State>("waiting");
  // Kept here, where they outlast the table: its last step goes with the decision about it.
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  const [said, setSaid] = useState("");
  const list = useList(
    "GET /api/v1/connections/{connectionId}/approvals",
    { params: { connectionId: connection.id }, query: { state, pageSize: PAGE_SIZE } },
    { everyMs: EVERY_MS },
  );
  const asks = connection.settings.approvals;
  const { title, text } = EMPTY[state];
  return (
    <Stack gap="sm" component="section" aria-labelledby="steps">
      <Title order={2} id="steps">
        Steps that wait for approval
      </Title>
      {asks.includes("deactivate") && (
        <Alert color="orange" variant="outline" title="Leavers keep their access until somebody approves">
          This connection also asks before it makes an account inactive.
        </Alert>
      )}
      {asks.length === 0 && <NothingIsAsked connection={connection} />}
      {(asks.length > 0 || list.items.length > 0 || state !== "waiting" || list.query.isError) && (
        <>
          <Group>
            <SegmentedControl
              aria-label="Which steps"
              value={state}
              onChange={(value) => setState(STATES.find((one) => one.value === value)?.value ?? "waiting")}
              data={[...STATES]}
            />
            <Text size="sm" aria-live="polite">
              {said}
            </Text>
          </Group>
          <Listed list={list} empty={<Empty title={title}>{text}</Empty>}>
            {(steps) => <StepTable key={state} connection={connection} steps={steps} onDecide={setDeciding} />}
          </Listed>
        </>
      )}
      <DecideStepsDialog
        connection={connection}
        deciding={deciding}
        onClose={() => setDeciding(null)}
        onDone={setSaid}
      />
    </Stack>
  );
}

function NothingIsAsked({ connection }: { connection: Connection }) {
  const isLinked = useLinkedTenant() !== null;
  return (
    <Text size="sm" c="dimmed">
      This connection asks before no step.{" "}
      {!isLinked && (
        <>
          Which ones wait is chosen in its{" "}
          <Anchor component={Link} to={`/connections/${connection.id}/settings`}>
            settings
          </Anchor>
          .
        </>
      )}
    </Text>
  );
}
