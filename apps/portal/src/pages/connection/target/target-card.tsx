import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Connection, ConnectorList } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../../api/queries.ts";
import { Dialog } from "../../../parts/dialog.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { knownApp, lackOfTarget, shownValues, toTarget, type Values } from "./target-draft.ts";
import { TargetFields } from "./target-fields.tsx";

type Props = { connection: Connection; connectors: ConnectorList };

/** Where the app is and how we sign in there; replaced as a whole, since what is secret is not shown again. */
export function TargetCard({ connection, connectors }: Props) {
  const [isOpen, dialog] = useDisclosure(false);
  const { target } = connection;
  const kind = connectors.kinds.find((one) => one.kind === target.kind);
  const schemes = kind?.fields.find(({ path }) => path === "auth.scheme")?.options ?? [];
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Title order={2}>Where the app is</Title>
          <Text className="secret">{target.baseUrl}</Text>
          <Text size="sm" c="dimmed">
            {kind?.title ?? target.kind}, signed in to by{" "}
            {schemes.find(({ key }) => key === target.auth.scheme)?.label ?? target.auth.scheme}. The secret is kept
            sealed.
          </Text>
        </div>
        <Guarded to="PATCH /api/v1/connections/{connectionId}">
          <Button variant="default" onClick={dialog.open}>
            Replace
          </Button>
        </Guarded>
      </Group>
      {kind !== undefined && (
        <ReplaceDialog
          connection={connection}
          connectors={connectors}
          kind={kind}
          isOpen={isOpen}
          onClose={dialog.close}
        />
      )}
    </Paper>
  );
}

type DialogProps = Props & { kind: ConnectorList["kinds"][number]; isOpen: boolean; onClose(): void };

function ReplaceDialog({ connection, connectors, kind, isOpen, onClose }: DialogProps) {
  const begin = shownValues(kind, connection.target);
  const [values, setValues] = useState<Values>(begin);
  const change = useChange("PATCH /api/v1/connections/{connectionId}");
  const profile = knownApp(connectors, connection.profile);
  const lack = lackOfTarget(kind, values, profile);
  const close = () => {
    onClose();
    change.reset();
    setValues(begin);
  };
  const submit = () => {
    const body = { target: toTarget(kind, values, profile) };
    change.mutate({ params: { connectionId: connection.id }, body }, { onSuccess: close });
  };
  return (
    <Dialog
      title="Replace the target"
      action="Replace"
      isOpen={isOpen}
      onClose={close}
      onAction={submit}
      isBusy={change.isPending}
      isReady={lack === null}
      error={change.error}
    >
      <Stack gap="md">
        <TargetFields kind={kind} profile={profile} values={values} onChange={setValues} />
        <Text size="sm" c="dimmed">
          {lack ?? "A secret is never sent to an address that it was not given for, so all of it is asked again."}
        </Text>
      </Stack>
    </Dialog>
  );
}
