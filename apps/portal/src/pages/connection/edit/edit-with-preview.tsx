import { Button, Grid, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection } from "@muster/contract";
import type { ReactNode } from "react";
import type { Route } from "../../../api/call.ts";
import { Failure } from "../../../parts/failure.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { EditPreview } from "./edit-preview.tsx";
import type { ProposedEdit } from "./use-plan-of-edit.ts";

type Props = {
  connection: Connection;
  /** What saving asks of the API. */
  to: Route;
  /** What would be saved; null while nothing is changed. */
  proposed: ProposedEdit | null;
  /** What is missing before it can be saved; null for nothing. */
  lack: string | null;
  onSave(): void;
  onUndo(): void;
  save: { isPending: boolean; isSuccess: boolean; error: Error | null };
  /** What is said when it was saved. */
  saved: string;
  /** What stands above it, beside the editor. */
  aside?: ReactNode;
  children: ReactNode;
};

/** An editor of what decides accounts, with what its edit would change for whom beside it, before it is saved. */
export function EditWithPreview(props: Props) {
  const { connection, to, proposed, lack, onSave, onUndo, save, saved, aside, children } = props;
  const isChanged = proposed !== null;
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack gap="lg">
          {children}
          {save.error !== null && <Failure error={save.error} />}
          <Group>
            <Guarded to={to}>
              <Button onClick={onSave} loading={save.isPending} disabled={!isChanged || lack !== null}>
                Save
              </Button>
            </Guarded>
            {isChanged && (
              <Button variant="default" onClick={onUndo}>
                Undo
              </Button>
            )}
            <Text size="sm" c="dimmed" aria-live="polite">
              {save.isSuccess && !isChanged ? saved : ""}
              {isChanged && lack !== null ? lack : ""}
            </Text>
          </Group>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack gap="lg">
          {aside}
          <Paper withBorder p="md" component="section" aria-label="What this changes">
            <Title order={2} mb="sm">
              What this changes
            </Title>
            <EditPreview connection={connection} proposed={lack === null ? proposed : null} />
          </Paper>
        </Stack>
      </Grid.Col>
    </Grid>
  );
}
