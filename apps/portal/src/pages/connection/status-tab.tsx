import { Alert, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Connection, ConnectionStatus } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { CountCard } from "../../parts/count-card.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Loaded } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { accountStates, accountTones, accountWords } from "./account-words.ts";
import { Accounts } from "./accounts.tsx";
import { sayStatus, useLiveStatus } from "./connection-state.tsx";
import { HeldNote } from "./held-note.tsx";
import { RedriveDialog } from "./redrive-dialog.tsx";
import { Waitlist } from "./waitlist.tsx";

/** How far an app is from what it should hold, and whose accounts are in the way. */
export function StatusTab({ connection }: { connection: Connection }) {
  const { status, isLive } = useLiveStatus(connection.id);
  return <Loaded of={status}>{(read) => <Status connection={connection} status={read} isLive={isLive} />}</Loaded>;
}

type StatusProps = { connection: Connection; status: ConnectionStatus; isLive: boolean };

function Status({ connection, status, isLive }: StatusProps) {
  const { word, tone } = sayStatus(status);
  const troubled = status.accounts.failing + status.accounts.stopped;
  return (
    <Stack gap="lg">
      {status.reason !== null && (
        <Alert color={tone === "bad" ? "red" : "gray"} variant="outline" title={word}>
          {status.reason}
          {status.nextProbeAt !== null && (
            <>
              {" "}
              It is tried again <When at={status.nextProbeAt} />.
            </>
          )}
        </Alert>
      )}
      <Group justify="space-between">
        <Group gap="sm">
          <State tone={tone}>{word}</State>
          <Text size="sm" c="dimmed">
            Last attempt <When at={status.lastAttemptAt} />
            {isLive && " · live"}
          </Text>
        </Group>
        <TryAgain connection={connection} isNeeded={troubled > 0} />
      </Group>
      <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="sm">
        {accountStates.map((state) => (
          <CountCard key={state} count={status.accounts[state]} word={accountWords[state]} tone={accountTones[state]} />
        ))}
      </SimpleGrid>
      <HeldNote connection={connection} held={status.held} />
      <Waitlist connection={connection} seats={status.seats} />
      <Accounts connection={connection} />
    </Stack>
  );
}

/** Stays when nothing fails any more, to say what it did. */
function TryAgain({ connection, isNeeded }: { connection: Connection; isNeeded: boolean }) {
  const [isOpen, dialog] = useDisclosure(false);
  const [said, setSaid] = useState("");
  const retry = useChange("POST /api/v1/connections/{connectionId}/retry");
  const tell = (count: number) => setSaid(`${count.toLocaleString("en")} are tried again now.`);
  const submit = () =>
    retry.mutate({ params: { connectionId: connection.id } }, { onSuccess: ({ rung }) => tell(rung) });
  return (
    <Stack gap={4} align="flex-end">
      {isNeeded && (
        <Group gap="xs">
          <Guarded to="POST /api/v1/connections/{connectionId}/retry">
            <Button variant="default" loading={retry.isPending} onClick={submit}>
              Try failing accounts again
            </Button>
          </Guarded>
          <Guarded to="POST /api/v1/connections/{connectionId}/redrive">
            <Button variant="default" onClick={dialog.open}>
              Only some
            </Button>
          </Guarded>
        </Group>
      )}
      <Text size="sm" c="dimmed" aria-live="polite">
        {said}
      </Text>
      {retry.isError && <Failure error={retry.error} />}
      <RedriveDialog connection={connection} isOpen={isOpen} onClose={dialog.close} onDone={tell} />
    </Stack>
  );
}
