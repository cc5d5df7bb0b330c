import { Group, Select, Stack, Switch, Table, Text, UnstyledButton } from "@mantine/core";
import type { Directory, RequestView } from "@muster/contract";
import { useState } from "react";
import { useList, useReadPage } from "../../api/queries.ts";
import { guideOf } from "../../guides/guides.ts";
import { State, type Tone } from "../../parts/badge.tsx";
import type { Column } from "../../parts/csv.ts";
import { DialogFrame } from "../../parts/dialog.tsx";
import { ExportButtons } from "../../parts/export-buttons.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";
import { Dialects } from "./dialects.tsx";
import { RequestDetails } from "./request-details.tsx";

const EVERY_MS = 5_000;
const ROUTE = "GET /api/v1/tenants/{tenantId}/directories/{directoryId}/requests";

/** What identity providers sent to one of a tenant's directories, and how it was answered. */
export function RequestLog({ tenantId }: { tenantId: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const directories = useList("GET /api/v1/tenants/{tenantId}/directories", { params: { tenantId } });
  const none = <Empty title="No directory yet">Choose a directory provider under SCIM Provisioning first.</Empty>;
  return (
    <Listed list={directories} empty={none}>
      {(items) => {
        const directoryId = chosen ?? items[0]?.id ?? "";
        return (
          <>
            {items.length > 1 && (
              <Select
                label="Directory"
                value={directoryId}
                onChange={setChosen}
                data={items.map((one) => ({ value: one.id, label: nameOf(one) }))}
                allowDeselect={false}
                maw={320}
              />
            )}
            <Requests key={directoryId} tenantId={tenantId} directoryId={directoryId} />
          </>
        );
      }}
    </Listed>
  );
}

function nameOf({ name, provider }: Directory): string {
  return name === provider ? guideOf(provider).name : name;
}

type Where = { tenantId: string; directoryId: string };

const COLUMNS: readonly Column<RequestView>[] = [
  ["at", ({ at }) => at],
  ["method", ({ method }) => method],
  ["path", ({ path }) => path],
  ["status", ({ status }) => status],
  ["durationMs", ({ durationMs }) => durationMs],
  ["client", ({ client }) => client],
  ["actor", ({ actor }) => actor],
  ["detail", ({ detail }) => detail],
  ["notes", ({ notes }) => notes.map(({ seen, taken }) => `${seen}: ${taken}`).join("; ")],
  ["traceId", ({ traceId }) => traceId],
];

function Requests({ tenantId, directoryId }: Where) {
  const [shown, setShown] = useState<string | null>(null);
  const { fields, query } = useFilters();
  const params = { tenantId, directoryId };
  const list = useList(ROUTE, { params, query }, { everyMs: EVERY_MS });
  const readPage = useReadPage(ROUTE, { params, query });
  const isNarrowed = Object.keys(query).length > 0;
  return (
    <Stack>
      <Dialects {...params} />
      {fields}
      <ExportButtons name="requests" columns={COLUMNS} readPage={readPage} />
      <Listed
        list={list}
        empty={
          <Empty title={isNarrowed ? "No such request" : "No request has arrived yet"}>
            {isNarrowed
              ? "Other choices above show others."
              : "As soon as the identity provider asks, it appears here."}
          </Empty>
        }
      >
        {(requests) => <RequestTable tenantId={tenantId} requests={requests} onShow={setShown} />}
      </Listed>
      <DialogFrame title="Request" isOpen={shown !== null} onClose={() => setShown(null)} size="xl">
        {shown !== null && <RequestDetails tenantId={tenantId} directoryId={directoryId} requestId={shown} />}
      </DialogFrame>
    </Stack>
  );
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const STATUSES = [
  { value: "2xx", label: "Accepted (2xx)" },
  { value: "4xx", label: "Refused (4xx)" },
  { value: "5xx", label: "Failed (5xx)" },
];

function useFilters() {
  const [status, setStatus] = useState<string | null>(null);
  const [method, setMethod] = useState<string | null>(null);
  const [hasNotes, setHasNotes] = useState(false);
  const known = METHODS.find((one) => one === method);
  const query = {
    ...(status === null ? {} : { status }),
    ...(known === undefined ? {} : { method: known }),
    ...(hasNotes ? { hasNotes: "true" as const } : {}),
  };
  const fields = (
    <Group gap="sm">
      <Select
        aria-label="Answers"
        placeholder="All answers"
        value={status}
        onChange={setStatus}
        data={STATUSES}
        clearable
        clearButtonProps={{ "aria-label": "All answers" }}
        w={170}
      />
      <Select
        aria-label="Methods"
        placeholder="All methods"
        value={method}
        onChange={setMethod}
        data={METHODS}
        clearable
        clearButtonProps={{ "aria-label": "All methods" }}
        w={150}
      />
      <Switch
        label="Only unusual ones"
        checked={hasNotes}
        onChange={(event) => setHasNotes(event.currentTarget.checked)}
      />
    </Group>
  );
  return { fields, query };
}

type TableProps = { tenantId: string; requests: readonly RequestView[]; onShow(id: string): void };

/** Requests as rows; each opens in full. */
export function RequestTable({ tenantId, requests, onShow }: TableProps) {
  return (
    <ListTable heads={["Request", "Answer", "Client", "When"]} minWidth={680}>
      {requests.map((one) => (
        <Table.Tr key={one.id}>
          <Table.Td className="breakable">
            <Guarded
              to="GET /api/v1/tenants/{tenantId}/directories/{directoryId}/requests/{requestId}"
              instead={<span className="secret">{`${one.method} ${one.path}`}</span>}
            >
              <UnstyledButton onClick={() => onShow(one.id)} td="underline" className="secret">
                {one.method} {one.path}
              </UnstyledButton>
            </Guarded>
            {one.notes.length > 0 && (
              <Text size="xs" c="dimmed">
                {one.notes.length === 1 ? "one thing" : `${one.notes.length} things`} unusual
              </Text>
            )}
          </Table.Td>
          <Table.Td className="breakable">
            <State tone={toneOf(one.status)}>{one.status}</State>{" "}
            <Text size="xs" c="dimmed" component="span">
              {Math.round(one.durationMs).toLocaleString("en")} ms
            </Text>
            {one.detail !== null && (
              <Text size="xs" c="dimmed">
                {one.detail}
              </Text>
            )}
          </Table.Td>
          <Table.Td className="breakable">{one.client}</Table.Td>
          <Table.Td>
            <When at={one.at} /> <TraceLink tenantId={tenantId} traceId={one.traceId} />
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

function toneOf(status: number): Tone {
  if (status >= 500) return "bad";
  return status >= 400 ? "warn" : "good";
}
