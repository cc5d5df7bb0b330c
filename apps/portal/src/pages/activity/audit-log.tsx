import { Table } from "@mantine/core";
import type { AuditEntry } from "@muster/contract";
import { useList, useReadPage } from "../../api/queries.ts";
import { Actor } from "../../parts/actor.tsx";
import type { Column } from "../../parts/csv.ts";
import { ExportButtons } from "../../parts/export-buttons.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";

const EVERY_MS = 10_000;
const ROUTE = "GET /api/v1/tenants/{tenantId}/audit";

const COLUMNS: readonly Column<AuditEntry>[] = [
  ["at", ({ at }) => at],
  ["actor", ({ actor }) => actor],
  ["action", ({ action }) => action],
  ["target", ({ target }) => target],
  ["traceId", ({ traceId }) => traceId],
];

/** Who changed what, the newest first. */
export function AuditLog({ tenantId }: { tenantId: string }) {
  const params = { tenantId };
  const list = useList(ROUTE, { params }, { everyMs: EVERY_MS });
  const readPage = useReadPage(ROUTE, { params });
  return (
    <>
      <ExportButtons name="audit" columns={COLUMNS} readPage={readPage} />
      <Listed list={list} empty={<Empty title="Nothing was changed yet" />}>
        {(entries) => (
          <ListTable heads={["What", "Who", "To what", "When"]} minWidth={640}>
            {entries.map((entry) => (
              <Table.Tr key={entry.id}>
                <Table.Td className="breakable">{entry.action}</Table.Td>
                <Table.Td className="breakable">
                  <Actor of={entry.actor} />
                </Table.Td>
                <Table.Td className="breakable">{entry.target}</Table.Td>
                <Table.Td>
                  <When at={entry.at} /> <TraceLink tenantId={tenantId} traceId={entry.traceId} />
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Listed>
    </>
  );
}
