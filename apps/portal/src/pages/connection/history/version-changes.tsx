import { Text } from "@mantine/core";
import { useRead } from "../../../api/queries.ts";
import { ChangeTable } from "../../../parts/change-table.tsx";
import { Loaded } from "../../../parts/states.tsx";

/** What a version has otherwise than the one before it, or than `since`. */
export function VersionChanges(props: { connectionId: string; versionId: string; since?: string }) {
  const { since, ...params } = props;
  const changes = useRead("GET /api/v1/connections/{connectionId}/versions/{versionId}/changes", {
    params,
    query: since === undefined ? {} : { since },
  });
  return (
    <Loaded of={changes}>
      {(read) => (read.changes.length === 0 ? <Text>Nothing differs.</Text> : <ChangeTable changes={read.changes} />)}
    </Loaded>
  );
}
