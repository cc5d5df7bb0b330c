import { Code, Table, Text } from "@mantine/core";
import { useRead } from "../../../api/queries.ts";
import { ListTable } from "../../../parts/list-table.tsx";
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
      {(read) =>
        read.changes.length === 0 ? (
          <Text>Nothing differs.</Text>
        ) : (
          <ListTable heads={["Where", "Before", "After"]} minWidth={480} highlights={false}>
            {read.changes.map(({ path, before, after }) => (
              <Table.Tr key={path}>
                <Table.Td className="breakable" style={{ verticalAlign: "top" }}>
                  {path}
                </Table.Td>
                <Value of={before} />
                <Value of={after} />
              </Table.Tr>
            ))}
          </ListTable>
        )
      }
    </Loaded>
  );
}

function Value({ of }: { of: unknown }) {
  return (
    <Table.Td style={{ verticalAlign: "top" }}>
      {of === null ? (
        <Text size="sm" c="dimmed">
          nothing
        </Text>
      ) : (
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {typeof of === "string" ? of : JSON.stringify(of, null, 1)}
        </Code>
      )}
    </Table.Td>
  );
}
