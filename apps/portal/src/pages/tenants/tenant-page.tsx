import { Alert } from "@mantine/core";
import { useRead } from "../../api/queries.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { type PageTab, PageTabs } from "../../parts/page-tabs.tsx";
import { PageLoaded } from "../../parts/states.tsx";
import { ActivityTab } from "../activity/activity-tab.tsx";
import { ConnectionsTab } from "../connection/connections-tab.tsx";
import { ProvisioningTab } from "../directory/provisioning-tab.tsx";
import { GroupsTab } from "../people/groups-tab.tsx";
import { UsersTab } from "../people/users-tab.tsx";

const TABS: readonly PageTab<string>[] = [
  { value: "provisioning", label: "SCIM Provisioning", panel: (tenantId) => <ProvisioningTab tenantId={tenantId} /> },
  { value: "users", label: "Users", panel: (tenantId) => <UsersTab tenantId={tenantId} /> },
  { value: "groups", label: "Groups", panel: (tenantId) => <GroupsTab tenantId={tenantId} /> },
  { value: "connections", label: "Connections", panel: (tenantId) => <ConnectionsTab tenantId={tenantId} /> },
  { value: "activity", label: "Activity", panel: (tenantId) => <ActivityTab tenantId={tenantId} /> },
];

/** A tenant: where its people come from, who they are, and where they go. */
export function TenantPage({ tenantId, tab }: { tenantId: string; tab: string }) {
  const tenant = useRead("GET /api/v1/tenants/{tenantId}", { params: { tenantId } });
  return (
    <PageLoaded of={tenant} name="Tenant">
      {({ name, externalId, suspended }) => (
        <>
          <PageHead
            title={name}
            crumbs={[{ to: "/tenants", label: "Tenants" }]}
            lead={externalId === null ? undefined : `Your id: ${externalId}`}
          />
          {suspended && (
            <Alert color="orange" variant="outline" title="Suspended" mb="md">
              Nothing comes in for this tenant and nothing goes out. Nothing is lost meanwhile.
            </Alert>
          )}
          <PageTabs tabs={TABS} tab={tab} at={`/tenants/${tenantId}`} of={tenantId} />
        </>
      )}
    </PageLoaded>
  );
}
