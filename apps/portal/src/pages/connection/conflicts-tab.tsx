import { Anchor, Button, Group, Paper, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import type { Candidate, Conflict, Connection, DecideConflictRequest } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../api/queries.ts";
import { Actor } from "../../parts/actor.tsx";
import { State } from "../../parts/badge.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";

const EVERY_MS = 10_000;

/** People of whom nobody knows yet whether an account of the app is theirs. */
export function ConflictsTab({ connection }: { connection: Connection }) {
  const [state, setState] = useState<"open" | "decided">("open");
  const list = useList(
    "GET /api/v1/connections/{connectionId}/conflicts",
    { params: { connectionId: connection.id }, query: { state } },
    { everyMs: EVERY_MS },
  );
  return (
    <Stack>
      <SegmentedControl
        aria-label="Which conflicts"
        value={state}
        onChange={(value) => setState(value === "decided" ? "decided" : "open")}
        data={[
          { value: "open", label: "To decide" },
          { value: "decided", label: "Decided" },
        ]}
        style={{ alignSelf: "flex-start" }}
      />
      <Listed
        list={list}
        empty={
          <Empty title={state === "open" ? "Nothing to decide" : "Nothing was decided yet"}>
            When the app has an account already that may be somebody's, and the settings do not say what to do with it,
            it is asked here.
          </Empty>
        }
      >
        {(conflicts) =>
          conflicts.map((one) => <ConflictCard key={one.userId} connection={connection} conflict={one} />)
        }
      </Listed>
    </Stack>
  );
}

type Action = DecideConflictRequest["action"];

const DECIDED: Readonly<Record<Action, string>> = {
  link: "Linked",
  createNew: "A new account is made",
  ignore: "Left alone",
};

function ConflictCard({ connection, conflict }: { connection: Connection; conflict: Conflict }) {
  const [deciding, setDeciding] = useState<DecideConflictRequest | null>(null);
  const { candidates, decision } = conflict;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <Title order={2} className="breakable">
              <Anchor component={Link} to={`/tenants/${connection.tenantId}/users/${conflict.userId}`}>
                {conflict.userName}
              </Anchor>
            </Title>
            <Text size="sm" className="breakable">
              {conflict.why}
            </Text>
            <Text size="sm" c="dimmed">
              Found <When at={conflict.foundAt} />
            </Text>
          </div>
          {decision !== null && (
            <div>
              <State tone="good">{DECIDED[decision as Action] ?? decision}</State>
              <Text size="xs" c="dimmed" className="breakable">
                by <Actor of={conflict.decidedBy ?? "somebody"} />, <When at={conflict.decidedAt} />
              </Text>
            </div>
          )}
        </Group>
        {candidates.length > 0 && (
          <Candidates
            candidates={candidates}
            onLink={decision === null ? (remoteId) => setDeciding({ action: "link", remoteId }) : null}
          />
        )}
        {decision === null && (
          <Group gap="xs">
            <Guarded to="POST /api/v1/connections/{connectionId}/conflicts/{userId}/decide">
              <Button size="xs" variant="default" onClick={() => setDeciding({ action: "createNew" })}>
                Make a new account
              </Button>
            </Guarded>
            <Guarded to="POST /api/v1/connections/{connectionId}/conflicts/{userId}/decide">
              <Button size="xs" variant="default" onClick={() => setDeciding({ action: "ignore" })}>
                Leave it alone
              </Button>
            </Guarded>
          </Group>
        )}
      </Stack>
      <DecideDialog connection={connection} conflict={conflict} what={deciding} onClose={() => setDeciding(null)} />
    </Paper>
  );
}

type CandidatesProps = { candidates: readonly Candidate[]; onLink: ((remoteId: string) => void) | null };

function Candidates({ candidates, onLink }: CandidatesProps) {
  return (
    <ListTable heads={["Account in the app", "E-mail", "External id", "State", "Do"]} minWidth={620} highlights={false}>
      {candidates.map(({ remoteId, userName, emails, externalId, active }) => (
        <Table.Tr key={remoteId}>
          <Table.Td className="breakable">
            {userName ?? "without a name"}
            <Text size="xs" c="dimmed">
              id {remoteId}
            </Text>
          </Table.Td>
          <Table.Td className="breakable">{emails.join(", ") || "–"}</Table.Td>
          <Table.Td className="breakable">{externalId ?? "–"}</Table.Td>
          <Table.Td>{active === null ? "–" : active ? "active" : "inactive"}</Table.Td>
          <Table.Td>
            {onLink !== null && (
              <Guarded to="POST /api/v1/connections/{connectionId}/conflicts/{userId}/decide">
                <Button size="xs" onClick={() => onLink(remoteId)}>
                  It is theirs
                </Button>
              </Guarded>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

type DecideProps = {
  connection: Connection;
  conflict: Conflict;
  what: DecideConflictRequest | null;
  onClose(): void;
};

const ASKED: Readonly<Record<Action, { title: string; action: string; text: string }>> = {
  link: {
    title: "Link this account",
    action: "Link it",
    text: "From now on the account is this person's: it is changed as they change, and loses access when they leave.",
  },
  createNew: {
    title: "Make a new account",
    action: "Make one",
    text: "The account that is there stays nobody's, and the person gets one of their own, if the app takes it.",
  },
  ignore: {
    title: "Leave it alone",
    action: "Leave it",
    text: "Nothing is sent for this person until something about them changes or it is decided otherwise.",
  },
};

function DecideDialog({ connection, conflict, what, onClose }: DecideProps) {
  const decide = useChange("POST /api/v1/connections/{connectionId}/conflicts/{userId}/decide");
  const close = () => {
    onClose();
    decide.reset();
  };
  const words = ASKED[what?.action ?? "ignore"];
  const submit = () => {
    if (what === null) return;
    const params = { connectionId: connection.id, userId: conflict.userId };
    decide.mutate({ params, body: what }, { onSuccess: close });
  };
  return (
    <Dialog
      title={words.title}
      action={words.action}
      isOpen={what !== null}
      onClose={close}
      onAction={submit}
      isBusy={decide.isPending}
      error={decide.error}
    >
      <Text size="sm" className="breakable">
        {conflict.userName}: {words.text}
      </Text>
    </Dialog>
  );
}
