import { Button, Select, Table, Text } from "@mantine/core";
import type { Event, EventPage, EventType } from "@muster/contract";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiError } from "../../api/call.ts";
import { useChange, useRead } from "../../api/queries.ts";
import { useSession } from "../../api/session.tsx";
import type { Column } from "../../parts/csv.ts";
import { ExportButtons } from "../../parts/export-buttons.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed, Loaded } from "../../parts/states.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";

/** How long events are kept when they are switched on here. */
const DAYS = 30;

const KINDS: Readonly<Record<string, readonly EventType[]>> = {
  People: ["user.created", "user.updated", "user.activated", "user.deactivated", "user.deleted", "user.returned"],
  Groups: [
    "group.created",
    "group.renamed",
    "group.updated",
    "group.deleted",
    "membership.added",
    "membership.removed",
  ],
  Roles: ["role.granted", "role.revoked"],
  Accounts: [
    "account.created",
    "account.updated",
    "account.activated",
    "account.deactivated",
    "account.deleted",
    "account.failed",
    "account.conflict",
  ],
};

const COLUMNS: readonly Column<Event>[] = [
  ["time", ({ time }) => time],
  ["type", ({ type }) => type],
  ["userId", ({ userId }) => userId],
  ["groupId", ({ groupId }) => groupId],
  ["connectionId", ({ connectionId }) => connectionId],
  ["changes", ({ changes }) => changes],
  ["traceId", ({ traceId }) => traceId],
];

/** What changed, in order. */
export function EventLog({ tenantId }: { tenantId: string }) {
  const stream = useRead("GET /api/v1/tenants/{tenantId}/event-stream", { params: { tenantId } });
  return (
    <Loaded of={stream}>
      {({ enabled }) => (enabled ? <Events tenantId={tenantId} /> : <SwitchOn tenantId={tenantId} />)}
    </Loaded>
  );
}

function SwitchOn({ tenantId }: { tenantId: string }) {
  const put = useChange("PUT /api/v1/tenants/{tenantId}/event-stream");
  const submit = () => put.mutate({ params: { tenantId }, body: { enabled: true, days: DAYS } });
  return (
    <Empty
      title="Events are switched off"
      action={
        <Guarded to="PUT /api/v1/tenants/{tenantId}/event-stream">
          <Button onClick={submit} loading={put.isPending}>
            Keep events for {DAYS} days
          </Button>
        </Guarded>
      }
    >
      Switched on, every change of people, groups, roles and accounts is kept in order, for you and for webhooks.
      {put.isError && <Failure error={put.error} />}
    </Empty>
  );
}

function Events({ tenantId }: { tenantId: string }) {
  const [kind, setKind] = useState<string | null>(null);
  const { readPage, list } = useEvents(tenantId, kind === null ? undefined : KINDS[kind]?.join(","));
  return (
    <>
      <Select
        aria-label="Which events"
        placeholder="All events"
        value={kind}
        onChange={setKind}
        data={Object.keys(KINDS)}
        clearable
        clearButtonProps={{ "aria-label": "All events" }}
        maw={240}
      />
      <ExportButtons name="events" columns={COLUMNS} readPage={readPage} />
      <Listed list={list} empty={<Empty title="No events yet">Each change from now on appears here.</Empty>}>
        {(events) => (
          <ListTable heads={["What", "Changes", "When"]} minWidth={560}>
            {events.map((event) => (
              <Table.Tr key={event.id}>
                <Table.Td>{event.type}</Table.Td>
                <Table.Td className="breakable">
                  <Changes of={event.changes} />
                </Table.Td>
                <Table.Td>
                  <When at={event.time} /> <TraceLink tenantId={tenantId} traceId={event.traceId} />
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Listed>
    </>
  );
}

function Changes({ of }: { of: Event["changes"] }) {
  return Object.entries(of).map(([name, { old, new: now }]) => (
    <Text key={name} size="xs">
      {name}: {JSON.stringify(old)} → {JSON.stringify(now)}
    </Text>
  ));
}

/** Events from the first that is kept, as lists are read: with a token for the next page while there is more. */
function useEvents(tenantId: string, types: string | undefined) {
  const { call } = useSession();
  type Page = { items: Event[]; nextPageToken?: string };
  const readPage = async (after: string | undefined): Promise<Page> => {
    const query = { ...(after === undefined ? {} : { after }), ...(types === undefined ? {} : { types }) };
    const page: EventPage = await call("GET /api/v1/tenants/{tenantId}/events", { params: { tenantId }, query });
    return { items: page.items, ...(page.hasMore ? { nextPageToken: page.cursor } : {}) };
  };
  const query = useInfiniteQuery<Page, ApiError, { pages: Page[] }, unknown[], string | undefined>({
    queryKey: ["events", tenantId, types],
    queryFn: ({ pageParam }) => readPage(pageParam),
    initialPageParam: undefined,
    getNextPageParam: (last) => last.nextPageToken,
    placeholderData: keepPreviousData,
  });
  return { readPage, list: { query, items: query.data?.pages.flatMap(({ items }) => items) ?? [] } };
}
