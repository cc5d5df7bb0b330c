import { Text } from "@mantine/core";
import type { Connection, PolicyVersionEntry } from "@muster/contract";
import { useChange, useRead } from "../../../api/queries.ts";
import { Dialog } from "../../../parts/dialog.tsx";
import { Loaded } from "../../../parts/states.tsx";
import { EditPreview } from "../edit/edit-preview.tsx";

type Props = { connection: Connection; version: PolicyVersionEntry | null; onClose(): void };

/** Saves an earlier version again, after saying what that changes for whom. */
export function RestoreDialog({ connection, version, onClose }: Props) {
  const restore = useChange("POST /api/v1/connections/{connectionId}/versions/{versionId}/restore");
  const close = () => {
    onClose();
    restore.reset();
  };
  const params = { connectionId: connection.id, versionId: version?.id ?? "" };
  return (
    <Dialog
      title={version === null ? "" : `Restore version ${version.number}`}
      action="Restore it"
      isOpen={version !== null}
      onClose={close}
      onAction={() => restore.mutate({ params }, { onSuccess: close })}
      isBusy={restore.isPending}
      error={restore.error}
    >
      <Text size="sm">
        Who gets in, roles and attributes become again what they were in it. That is saved as a new version, so that
        this can be undone as well.
      </Text>
      {version !== null && <RestorePreview connection={connection} versionId={version.id} />}
    </Dialog>
  );
}

function RestorePreview({ connection, versionId }: { connection: Connection; versionId: string }) {
  const version = useRead("GET /api/v1/connections/{connectionId}/versions/{versionId}", {
    params: { connectionId: connection.id, versionId },
  });
  return <Loaded of={version}>{({ policy }) => <EditPreview connection={connection} proposed={policy} />}</Loaded>;
}
