import { Table } from "@mantine/core";
import type { ReactNode } from "react";

type Props = {
  heads: readonly string[];
  /** Pixels below which it scrolls. */
  minWidth: number;
  /** Whether a row under the pointer stands out, as one that leads on does. */
  highlights?: boolean;
  children: ReactNode;
};

/** A list as a table: its heads, and rows that the caller draws. */
export function ListTable({ heads, minWidth, highlights = true, children }: Props) {
  return (
    <Table.ScrollContainer minWidth={minWidth}>
      <Table verticalSpacing="sm" highlightOnHover={highlights}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
