import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, Rollout } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../../api/queries.ts";
import { Actor } from "../../../parts/actor.tsx";
import { Dialog } from "../../../parts/dialog.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { When } from "../../../parts/when.tsx";
import { VersionChanges } from "./version-changes.tsx";

type End = "promote" | "drop";

/** What is tried out on some people of a connection, and the two ways out of it; nothing where nothing is. */
export function RolloutCard({ connection }: { connection: Connection }) {
  const read = useRead("GET /api/v1/connections/{connectionId}/rollout", { params: { connectionId: connection.id } });
  const [end, setEnd] = useState<End | null>(null);
  const rollout = read.data?.rollout;
  if (rollout === undefined) return null;
  const people = `${rollout.count.toLocaleString("en")} ${rollout.count === 1 ? "person" : "people"}`;
  return (
    <Paper withBorder p="md" mb="md" component="section" aria-label="Trying out">
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} style={{ flex: "1 1 16rem" }}>
          <Title order={2}>
            Trying out version {rollout.version.number} on {people}
          </Title>
          <Text size="sm" className="breakable">
            {sayWhom(rollout)}
          </Text>
          <Text size="sm" c="dimmed">
            Since <When at={rollout.startedAt} />, begun by <Actor of={rollout.actor} />. Nothing else can be edited
            meanwhile.
          </Text>
        </Stack>
        <Group gap="xs">
          <Guarded to="POST /api/v1/connections/{connectionId}/rollout/promote">
            <Button onClick={() => setEnd("promote")}>Promote to everybody</Button>
          </Guarded>
          <Guarded to="POST /api/v1/connections/{connectionId}/rollout/drop">
            <Button variant="default" onClick={() => setEnd("drop")}>
              Drop it
            </Button>
          </Guarded>
        </Group>
      </Group>
      {end !== null && <EndDialog {...{ connection, rollout, end }} onClose={() => setEnd(null)} />}
    </Paper>
  );
}

function sayWhom({ people, groups }: Rollout): string {
  const names = [
    ...groups.map(({ displayName }) => `members of ${displayName ?? "a group that is gone"}`),
    ...people.map(({ userName }) => userName),
  ];
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

type DialogProps = { connection: Connection; rollout: Rollout; end: End; onClose(): void };

function EndDialog({ connection, rollout, end, onClose }: DialogProps) {
  const promote = useChange("POST /api/v1/connections/{connectionId}/rollout/promote");
  const drop = useChange("POST /api/v1/connections/{connectionId}/rollout/drop");
  const change = end === "promote" ? promote : drop;
  const { number, id } = rollout.version;
  return (
    <Dialog
      title={end === "promote" ? `Promote version ${number}` : `Drop version ${number}`}
      action={end === "promote" ? "Promote it" : "Drop it"}
      isDangerous={end === "drop"}
      isOpen
      onClose={onClose}
      onAction={() => change.mutate({ params: { connectionId: connection.id } }, { onSuccess: onClose })}
      isBusy={change.isPending}
      error={change.error}
      size="xl"
    >
      <Text size="sm">
        {end === "promote"
          ? "It applies to everybody from then on, as a new version. The guard holds it if it takes access from too many."
          : "The people it is tried out on are as everybody else again. It stays here as a version, and can be restored."}
      </Text>
      {end === "promote" && <VersionChanges connectionId={connection.id} versionId={id} />}
    </Dialog>
  );
}
