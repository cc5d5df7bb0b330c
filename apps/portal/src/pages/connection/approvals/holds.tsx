import { Anchor, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, Hold } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../../api/queries.ts";
import { Actor } from "../../../parts/actor.tsx";
import { State, type Tone } from "../../../parts/badge.tsx";
import { Dialog } from "../../../parts/dialog.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { Listed } from "../../../parts/states.tsx";
import { When } from "../../../parts/when.tsx";
import { Link } from "../../../router.tsx";

const EVERY_MS = 10_000;

const WORDS: Readonly<Record<Hold["state"], { word: string; tone: Tone }>> = {
  held: { word: "Waits for a decision", tone: "warn" },
  approved: { word: "Approved", tone: "good" },
  rejected: { word: "Rejected: they keep access", tone: "quiet" },
  expired: { word: "Expired: they keep access", tone: "quiet" },
};

/** Changes that would take access from many at once, to be approved or rejected. */
export function Holds({ connection }: { connection: Connection }) {
  const list = useList(
    "GET /api/v1/connections/{connectionId}/holds",
    { params: { connectionId: connection.id } },
    { everyMs: EVERY_MS },
  );
  return (
    <Stack gap="sm" component="section" aria-labelledby="holds">
      <Title order={2} id="holds">
        Removals of many
      </Title>
      <Listed
        list={list}
        empty={
          <Text size="sm" c="dimmed">
            None is held. When one change would take access from many people at once it waits here until somebody
            approves it. All other changes go on meanwhile.
          </Text>
        }
      >
        {(holds) => holds.map((hold) => <HoldCard key={hold.id} connection={connection} hold={hold} />)}
      </Listed>
    </Stack>
  );
}

function HoldCard({ connection, hold }: { connection: Connection; hold: Hold }) {
  const [deciding, setDeciding] = useState<"approve" | "reject" | null>(null);
  const [isNamed, setIsNamed] = useState(false);
  const { cause } = hold;
  const { word, tone } = WORDS[hold.state];
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <Title order={3}>
              {hold.people.toLocaleString("en")} of {hold.inScope.toLocaleString("en")} people would lose access
            </Title>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {cause.action}
              {cause.name === null ? "" : ` “${cause.name}”`} by <Actor of={cause.actor} />, <When at={cause.at} />
              {hold.sourceIncomplete ? "; its source was read only in part" : ""}
            </Text>
          </div>
          <State tone={tone}>{word}</State>
        </Group>
        <Group>
          <Button variant="default" size="xs" onClick={() => setIsNamed(!isNamed)} aria-expanded={isNamed}>
            {isNamed ? "Hide names" : "Who they are"}
          </Button>
          {hold.state === "held" && (
            <>
              <Guarded to="POST /api/v1/connections/{connectionId}/holds/{holdId}/reject">
                <Button variant="default" size="xs" onClick={() => setDeciding("reject")}>
                  Reject
                </Button>
              </Guarded>
              <Guarded to="POST /api/v1/connections/{connectionId}/holds/{holdId}/approve">
                <Button size="xs" color="red" onClick={() => setDeciding("approve")}>
                  Approve the removal
                </Button>
              </Guarded>
              <Text size="sm" c="dimmed">
                Expires <When at={hold.expiresAt} />; they then keep access.
              </Text>
            </>
          )}
        </Group>
        {isNamed && <HeldPeople connection={connection} hold={hold} />}
      </Stack>
      <DecideDialog connection={connection} hold={hold} what={deciding} onClose={() => setDeciding(null)} />
    </Paper>
  );
}

function HeldPeople({ connection, hold }: { connection: Connection; hold: Hold }) {
  const list = useList("GET /api/v1/connections/{connectionId}/holds/{holdId}/people", {
    params: { connectionId: connection.id, holdId: hold.id },
  });
  return (
    <Listed list={list} empty={<Text size="sm">Nobody is held any more.</Text>}>
      {(people) => (
        <Stack gap={2} component="ul" m={0} pl="md">
          {people.map((person) => (
            <li key={person.userId}>
              <Anchor
                component={Link}
                to={`/tenants/${connection.tenantId}/users/${person.userId}`}
                fz="sm"
                style={{ overflowWrap: "anywhere" }}
              >
                {person.displayName === null ? person.userName : `${person.displayName} (${person.userName})`}
              </Anchor>
            </li>
          ))}
        </Stack>
      )}
    </Listed>
  );
}

type DecideProps = { connection: Connection; hold: Hold; what: "approve" | "reject" | null; onClose(): void };

function DecideDialog({ connection, hold, what, onClose }: DecideProps) {
  const approve = useChange("POST /api/v1/connections/{connectionId}/holds/{holdId}/approve");
  const reject = useChange("POST /api/v1/connections/{connectionId}/holds/{holdId}/reject");
  const params = { connectionId: connection.id, holdId: hold.id };
  const close = () => {
    onClose();
    approve.reset();
    reject.reset();
  };
  const isApproval = what === "approve";
  return (
    <Dialog
      title={isApproval ? "Approve the removal" : "Reject the removal"}
      action={isApproval ? `Remove ${hold.people.toLocaleString("en")} people` : "Let them keep access"}
      isDangerous={isApproval}
      isOpen={what !== null}
      onClose={close}
      onAction={() => (isApproval ? approve : reject).mutate({ params }, { onSuccess: close })}
      isBusy={approve.isPending || reject.isPending}
      error={approve.error ?? reject.error}
    >
      <Text size="sm">
        {isApproval
          ? "They lose their access in the app now, as the connection's settings say."
          : "They keep their access until what decides about it changes again: their groups, or the rules."}
      </Text>
    </Dialog>
  );
}
