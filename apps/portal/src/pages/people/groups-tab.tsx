import { Anchor, Stack, Table } from "@mantine/core";
import { useList } from "../../api/queries.ts";
import { ListTable } from "../../parts/list-table.tsx";
import { useSearch } from "../../parts/search-field.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";

const EVERY_MS = 15_000;

/** The groups of a tenant's directories. */
export function GroupsTab({ tenantId }: { tenantId: string }) {
  const { field, search } = useSearch("Search groups", "Name or external id");
  const list = useList(
    "GET /api/v1/tenants/{tenantId}/groups",
    { params: { tenantId }, query: search === undefined ? {} : { search } },
    { everyMs: EVERY_MS },
  );
  const empty =
    search === undefined ? (
      <Empty title="No groups have arrived yet">
        Some identity providers send a group only once it has members; others must be told to send groups at all.
      </Empty>
    ) : (
      <Empty title="No group was found">
        No group's name begins with “{search}”, and it is no group's external id.
      </Empty>
    );
  return (
    <Stack>
      {field}
      <Listed list={list} empty={empty}>
        {(groups) => (
          <ListTable heads={["Name", "Members", "Last change"]} minWidth={420}>
            {groups.map((group) => (
              <Table.Tr key={group.id}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  <Anchor component={Link} to={`/tenants/${tenantId}/groups/${group.id}`} fw={600}>
                    {group.displayName}
                  </Anchor>
                </Table.Td>
                <Table.Td>{group.memberCount.toLocaleString("en")}</Table.Td>
                <Table.Td>
                  <When at={group.updatedAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Listed>
    </Stack>
  );
}
