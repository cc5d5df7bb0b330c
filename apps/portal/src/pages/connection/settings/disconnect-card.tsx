import { Button, Group, Paper, Radio, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Connection } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../../api/queries.ts";
import { Dialog } from "../../../parts/dialog.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { useConnectionStatus } from "../connection-state.tsx";
import { EditPreview } from "../edit/edit-preview.tsx";

/** The way out of a connection. */
export function DisconnectCard({ connection }: { connection: Connection }) {
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <Paper withBorder p="md">
      <Group justify="space-between">
        <div style={{ flex: "1 1 14rem" }}>
          <Title order={2}>Disconnect</Title>
          <Text size="sm" c="dimmed">
            You are asked what becomes of the people's accounts, with their numbers.
          </Text>
        </div>
        <Guarded to="PATCH /api/v1/connections/{connectionId}">
          <Button variant="default" onClick={dialog.open}>
            Disconnect
          </Button>
        </Guarded>
      </Group>
      {isOpen && <DisconnectDialog connection={connection} onClose={dialog.close} />}
    </Paper>
  );
}

type Way = "leave" | "deactivate" | "delete";

const WAYS: readonly { value: Way; label: string; description: string; action: string }[] = [
  {
    value: "leave",
    label: "Leave them as they are",
    description: "The connection is paused: nothing is sent any more, and the app's accounts keep their access.",
    action: "Pause the connection",
  },
  {
    value: "deactivate",
    label: "Make them inactive",
    description: "Nobody gets in any more. Their data in the app stays, and they come back when they get in again.",
    action: "Take access from everybody",
  },
  {
    value: "delete",
    label: "Delete them",
    description: "Nobody gets in any more, and the accounts are deleted, as far as the app allows it.",
    action: "Delete all accounts",
  },
];

const NOBODY = { everyone: false, groups: [], people: [] };

function DisconnectDialog({ connection, onClose }: { connection: Connection; onClose(): void }) {
  const [way, setWay] = useState<Way>("leave");
  const status = useConnectionStatus(connection.id).data;
  const { disconnect, isBusy, error } = useDisconnect(connection, onClose);
  const chosen = WAYS.find(({ value }) => value === way);
  const accounts = Object.values(status?.accounts ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <Dialog
      title="Disconnect"
      action={chosen?.action ?? ""}
      isDangerous={way !== "leave"}
      isOpen
      onClose={onClose}
      onAction={() => disconnect(way)}
      isBusy={isBusy}
      error={error}
      size="lg"
    >
      <Text size="sm">{accounts.toLocaleString("en")} people have an account by this connection, or wait for one.</Text>
      <Radio.Group
        label="What becomes of their accounts in the app"
        value={way}
        onChange={(value) => setWay(WAYS.find((one) => one.value === value)?.value ?? "leave")}
      >
        <Stack gap="xs" mt="xs">
          {WAYS.map(({ value, label, description }) => (
            <Radio key={value} value={value} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
      {way !== "leave" && <EditPreview connection={connection} proposed={{ assignments: NOBODY }} />}
    </Dialog>
  );
}

/** Does it in an order in which nothing that was not chosen can happen: what becomes of leavers first, then that all leave. */
function useDisconnect(connection: Connection, onDone: () => void) {
  const pause = useChange("POST /api/v1/connections/{connectionId}/pause");
  const change = useChange("PATCH /api/v1/connections/{connectionId}");
  const put = useChange("PUT /api/v1/connections/{connectionId}/assignments");
  const params = { connectionId: connection.id };
  const empty = () => put.mutate({ params, body: NOBODY }, { onSuccess: onDone });
  const disconnect = (way: Way) => {
    if (way === "leave") return pause.mutate({ params }, { onSuccess: onDone });
    const policies = way === "delete" ? { deactivate: true, delete: true } : { deactivate: true };
    change.mutate({ params, body: { settings: { onLeave: way, policies } } }, { onSuccess: empty });
  };
  return {
    disconnect,
    isBusy: pause.isPending || change.isPending || put.isPending,
    error: pause.error ?? change.error ?? put.error,
  };
}
