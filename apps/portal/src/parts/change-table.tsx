import { Code, Table, Text } from "@mantine/core";
import { ListTable } from "./list-table.tsx";

type Change = { path: string; before: unknown; after: unknown };

/** What changes, place by place: before beside after. */
export function ChangeTable({ changes }: { changes: readonly Change[] }) {
  return (
    <ListTable heads={["Where", "Before", "After"]} minWidth={480} highlights={false}>
      {changes.map(({ path, before, after }) => (
        <Table.Tr key={path}>
          <Table.Td className="breakable" style={{ verticalAlign: "top" }}>
            {path}
          </Table.Td>
          <Value of={before} />
          <Value of={after} />
        </Table.Tr>
      ))}
    </ListTable>
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
