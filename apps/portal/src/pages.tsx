import type { ReactNode } from "react";
import { useLinkedTenant } from "./api/session.tsx";
import { TracePage } from "./pages/activity/trace-page.tsx";
import { AppsPage } from "./pages/apps/apps-page.tsx";
import { BrandingPage } from "./pages/branding/branding-page.tsx";
import { ConnectionPage } from "./pages/connection/connection-page.tsx";
import { DirectoryPage } from "./pages/directory/directory-page.tsx";
import { MembersPage } from "./pages/members/members-page.tsx";
import { OverviewPage } from "./pages/overview/overview-page.tsx";
import { GroupPage } from "./pages/people/group-page.tsx";
import { UserPage } from "./pages/people/user-page.tsx";
import { TenantPage } from "./pages/tenants/tenant-page.tsx";
import { TenantsPage } from "./pages/tenants/tenants-page.tsx";
import { PageHead } from "./parts/page-head.tsx";
import { Empty } from "./parts/states.tsx";
import { matchPath, usePath } from "./router.tsx";

type Page = (values: Record<string, string>) => ReactNode;

const tenant: Page = ({ tenantId = "", tab = "provisioning" }) => <TenantPage tenantId={tenantId} tab={tab} />;
const connection: Page = ({ connectionId = "", tab = "status" }) => (
  <ConnectionPage connectionId={connectionId} tab={tab} />
);

/** Every page by its path; the first that fits is shown. */
const PAGES: readonly [string, Page][] = [
  ["/", () => <Home />],
  ["/apps", () => <AppsPage />],
  ["/branding", () => <BrandingPage />],
  ["/members", () => <MembersPage />],
  ["/tenants", () => <TenantsPage />],
  ["/tenants/:tenantId", tenant],
  ["/tenants/:tenantId/:tab", tenant],
  [
    "/tenants/:tenantId/directories/:directoryId",
    ({ tenantId = "", directoryId = "" }) => <DirectoryPage tenantId={tenantId} directoryId={directoryId} />,
  ],
  [
    "/tenants/:tenantId/users/:userId",
    ({ tenantId = "", userId = "" }) => <UserPage tenantId={tenantId} userId={userId} />,
  ],
  [
    "/tenants/:tenantId/groups/:groupId",
    ({ tenantId = "", groupId = "" }) => <GroupPage tenantId={tenantId} groupId={groupId} />,
  ],
  [
    "/tenants/:tenantId/traces/:traceId",
    ({ tenantId = "", traceId = "" }) => <TracePage tenantId={tenantId} traceId={traceId} />,
  ],
  ["/connections/:connectionId", connection],
  ["/connections/:connectionId/:tab", connection],
];

function Home() {
  const linked = useLinkedTenant();
  return linked === null ? <OverviewPage /> : <TenantPage tenantId={linked.tenantId} tab="provisioning" />;
}

/** The page of the path. */
export function Pages() {
  const path = usePath();
  for (const [template, page] of PAGES) {
    const values = matchPath(template, path);
    if (values !== null) return page(values);
  }
  return (
    <>
      <PageHead title="Nothing here" />
      <Empty title="There is no such page">The address may be old, or mistyped.</Empty>
    </>
  );
}
