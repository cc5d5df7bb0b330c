import { Anchor, Badge, Group, Stack, Table, Text } from "@mantine/core";
import type { UserView } from "@muster/contract";
import { useList, useReadPage } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import type { Column } from "../../parts/csv.ts";
import { ExportButtons } from "../../parts/export-buttons.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { useSearch } from "../../parts/search-field.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";

const EVERY_MS = 15_000;
const SHOWN_GROUPS = 3;
const ROUTE = "GET /api/v1/tenants/{tenantId}/users";

const COLUMNS: readonly Column<UserView>[] = [
  ["userName", ({ userName }) => userName],
  ["displayName", ({ displayName }) => displayName],
  ["externalId", ({ externalId }) => externalId],
  ["active", ({ active }) => active],
  ["groups", ({ groups = [] }) => groups.map(({ displayName }) => displayName).join("; ")],
  ["createdAt", ({ createdAt }) => createdAt],
  ["updatedAt", ({ updatedAt }) => updatedAt],
  ["id", ({ id }) => id],
];

/** The people of a tenant's directories. */
export function UsersTab({ tenantId }: { tenantId: string }) {
  const { field, search } = useSearch("Search people", "Name, e-mail address or external id");
  const sent = { params: { tenantId }, query: search === undefined ? {} : { search } };
  const list = useList(ROUTE, sent, { everyMs: EVERY_MS });
  const readPage = useReadPage(ROUTE, sent);
  return (
    <Stack>
      <Group justify="space-between">
        {field}
        <ExportButtons name="people" columns={COLUMNS} readPage={readPage} />
      </Group>
      <Listed list={list} empty={<NoUsers tenantId={tenantId} search={search} />}>
        {(users) => (
          <ListTable heads={["Name", "State", "Groups", "Last change"]} minWidth={620}>
            {users.map((user) => (
              <UserRow key={user.id} tenantId={tenantId} user={user} />
            ))}
          </ListTable>
        )}
      </Listed>
    </Stack>
  );
}

function UserRow({ tenantId, user }: { tenantId: string; user: UserView }) {
  const groups = user.groups ?? [];
  const more = groups.length - SHOWN_GROUPS;
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Anchor component={Link} to={`/tenants/${tenantId}/users/${user.id}`} fw={600}>
          {user.displayName ?? user.userName}
        </Anchor>
        {user.displayName !== null && (
          <Text size="xs" c="dimmed">
            {user.userName}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <State tone={user.active ? "good" : "quiet"}>{user.active ? "Active" : "Inactive"}</State>
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          {groups.slice(0, SHOWN_GROUPS).map((group) => (
            <Badge key={group.id} variant="default" tt="none" fw={500} maw={180}>
              {group.displayName}
            </Badge>
          ))}
          {more > 0 && <Text size="xs">and {more} more</Text>}
          {groups.length === 0 && "–"}
        </Group>
      </Table.Td>
      <Table.Td>
        <When at={user.updatedAt} />
      </Table.Td>
    </Table.Tr>
  );
}

function NoUsers({ tenantId, search }: { tenantId: string; search: string | undefined }) {
  if (search !== undefined)
    return (
      <Empty title="Nobody was found">
        No name or e-mail address begins with “{search}”, and it is nobody's external id.
      </Empty>
    );
  return (
    <Empty
      title="Nobody has arrived yet"
      action={
        <Anchor component={Link} to={`/tenants/${tenantId}/provisioning`}>
          How far the connection has come
        </Anchor>
      }
    >
      People appear here as soon as the identity provider sends them.
    </Empty>
  );
}
