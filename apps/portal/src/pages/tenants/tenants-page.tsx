import { Anchor, Button, Table } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Tenant } from "@muster/contract";
import { useList } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Icon } from "../../parts/icon.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";
import { NewTenantDialog } from "./new-tenant-dialog.tsx";

/** The customers of the workspace. */
export function TenantsPage() {
  const list = useList("GET /api/v1/tenants", {});
  const [isOpen, dialog] = useDisclosure(false);
  const create = (
    <Guarded to="POST /api/v1/tenants">
      <Button onClick={dialog.open} leftSection={<Icon name="plus" size={16} />}>
        New tenant
      </Button>
    </Guarded>
  );
  return (
    <>
      <PageHead title="Tenants" lead="Your customers. Each brings its own directory.">
        {list.items.length > 0 && create}
      </PageHead>
      <Listed
        list={list}
        empty={
          <Empty title="No tenants yet" action={create}>
            Take your first customer on, then give its administrator an endpoint URL and a token.
          </Empty>
        }
      >
        {(tenants) => <TenantTable tenants={tenants} />}
      </Listed>
      <NewTenantDialog isOpen={isOpen} onClose={dialog.close} />
    </>
  );
}

function TenantTable({ tenants }: { tenants: Tenant[] }) {
  return (
    <ListTable heads={["Name", "Your id", "State", "Since"]} minWidth={480}>
      {tenants.map((tenant) => (
        <Table.Tr key={tenant.id}>
          <Table.Td style={{ overflowWrap: "anywhere" }}>
            <Anchor component={Link} to={`/tenants/${tenant.id}`} fw={600}>
              {tenant.name}
            </Anchor>
          </Table.Td>
          <Table.Td style={{ overflowWrap: "anywhere" }}>{tenant.externalId ?? "–"}</Table.Td>
          <Table.Td>
            <State tone={tenant.suspended ? "warn" : "good"}>{tenant.suspended ? "Suspended" : "Active"}</State>
          </Table.Td>
          <Table.Td>
            <When at={tenant.createdAt} />
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}
