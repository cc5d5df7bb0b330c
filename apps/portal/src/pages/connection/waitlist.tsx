import { Anchor, Paper, Stack, Table, Text, Title } from "@mantine/core";
import type { Connection, ConnectionStatus } from "@muster/contract";
import { useList } from "../../api/queries.ts";
import { ListTable } from "../../parts/list-table.tsx";
import { Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";

const EVERY_MS = 5_000;

const say = (count: number) => count.toLocaleString("en");

/** How many seats are taken where they are limited, and who waits for one, in the order in which they are let in. */
export function Waitlist({ connection, seats }: { connection: Connection; seats: ConnectionStatus["seats"] }) {
  if (seats === null) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>Seats</Title>
        <Text size="sm">
          {say(seats.taken)} of {say(seats.limit)} are taken.{" "}
          {seats.waiting === 0 ? "Nobody waits." : `${say(seats.waiting)} ${seats.waiting === 1 ? "waits" : "wait"}.`}
          {seats.reason === null ? "" : ` ${seats.reason}`}
        </Text>
        {seats.waiting > 0 && <Waiting connection={connection} />}
      </Stack>
    </Paper>
  );
}

function Waiting({ connection }: { connection: Connection }) {
  const list = useList(
    "GET /api/v1/connections/{connectionId}/waitlist",
    { params: { connectionId: connection.id }, query: { pageSize: 20 } },
    { everyMs: EVERY_MS },
  );
  return (
    <Listed list={list} empty={<Text size="sm">Nobody waits any more.</Text>}>
      {(waiting) => (
        <ListTable heads={["Turn", "Person", "Waits since"]} minWidth={360} highlights={false}>
          {waiting.map(({ userId, userName, position, since }) => (
            <Table.Tr key={userId}>
              <Table.Td>{say(position)}</Table.Td>
              <Table.Td className="breakable">
                <Anchor component={Link} to={`/tenants/${connection.tenantId}/users/${userId}`}>
                  {userName}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <When at={since} />
              </Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      )}
    </Listed>
  );
}
