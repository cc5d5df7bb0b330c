import { Anchor, Table } from "@mantine/core";
import { useList, useRead } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Listed, PageLoaded } from "../../parts/states.tsx";
import { Link } from "../../router.tsx";

/** A group with its members. */
export function GroupPage(params: { tenantId: string; groupId: string }) {
  const { tenantId } = params;
  const group = useRead("GET /api/v1/tenants/{tenantId}/groups/{groupId}", { params });
  const tenant = useRead("GET /api/v1/tenants/{tenantId}", { params: { tenantId } });
  const members = useList("GET /api/v1/tenants/{tenantId}/groups/{groupId}/members", { params });
  return (
    <PageLoaded of={group} name="Group">
      {({ displayName, memberCount, externalId }) => (
        <>
          <PageHead
            title={displayName}
            crumbs={[
              { to: "/tenants", label: "Tenants" },
              { to: `/tenants/${tenantId}/groups`, label: tenant.data?.name ?? "Tenant" },
            ]}
            lead={`${memberCount.toLocaleString("en")} ${memberCount === 1 ? "member" : "members"}${externalId === null ? "" : ` · external id ${externalId}`}`}
          />
          <Listed list={members} empty={<Empty title="Nobody is in this group" />}>
            {(people) => (
              <Table verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>State</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {people.map((person) => (
                    <Table.Tr key={person.id}>
                      <Table.Td style={{ overflowWrap: "anywhere" }}>
                        <Anchor component={Link} to={`/tenants/${tenantId}/users/${person.id}`}>
                          {person.displayName ?? person.userName}
                        </Anchor>
                      </Table.Td>
                      <Table.Td>
                        <State tone={person.active ? "good" : "quiet"}>{person.active ? "Active" : "Inactive"}</State>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )}
          </Listed>
        </>
      )}
    </PageLoaded>
  );
}
