import { Alert, Button } from "@mantine/core";
import type { Connection } from "@muster/contract";
import { useChange, useRead } from "../../api/queries.ts";
import { useLinkedTenant } from "../../api/session.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { type PageTab, PageTabs } from "../../parts/page-tabs.tsx";
import { PageLoaded } from "../../parts/states.tsx";
import { useAppNames } from "../apps/use-app-names.ts";
import { AccessTab } from "./access-tab.tsx";
import { ApprovalsTab } from "./approvals/approvals-tab.tsx";
import { AttemptsTab } from "./attempts-tab.tsx";
import { ConflictsTab } from "./conflicts-tab.tsx";
import { HistoryTab } from "./history/history-tab.tsx";
import { MappingTab } from "./mapping/mapping-tab.tsx";
import { RulesTab } from "./rules/rules-tab.tsx";
import { SettingsTab } from "./settings/settings-tab.tsx";
import { StatusTab } from "./status-tab.tsx";

const TABS: readonly PageTab<Connection>[] = [
  { value: "status", label: "Status", panel: (connection) => <StatusTab connection={connection} /> },
  { value: "access", label: "Who gets in", panel: (connection) => <AccessTab connection={connection} /> },
  { value: "roles", label: "Groups to roles", panel: (connection) => <RulesTab connection={connection} /> },
  { value: "attributes", label: "Attributes", panel: (connection) => <MappingTab connection={connection} /> },
  { value: "conflicts", label: "Conflicts", panel: (connection) => <ConflictsTab connection={connection} /> },
  { value: "held", label: "Approvals", panel: (connection) => <ApprovalsTab connection={connection} /> },
  { value: "history", label: "History", panel: (connection) => <HistoryTab connection={connection} /> },
  { value: "attempts", label: "Attempts", panel: (connection) => <AttemptsTab connection={connection} /> },
  { value: "settings", label: "Settings", panel: (connection) => <SettingsTab connection={connection} /> },
];

/** A connection: how it is, who gets in with which role, what waits for a decision, and what was sent. */
export function ConnectionPage({ connectionId, tab }: { connectionId: string; tab: string }) {
  const connection = useRead("GET /api/v1/connections/{connectionId}", { params: { connectionId } });
  return (
    <PageLoaded of={connection} name="Connection">
      {(read) => <ConnectionFound connection={read} tab={tab} />}
    </PageLoaded>
  );
}

function ConnectionFound({ connection, tab }: { connection: Connection; tab: string }) {
  const { id, tenantId } = connection;
  const tenant = useRead("GET /api/v1/tenants/{tenantId}", { params: { tenantId } });
  const nameOf = useAppNames();
  // Where an app is and what opens it is the app owner's.
  const isLinked = useLinkedTenant() !== null;
  return (
    <>
      <PageHead
        title={connection.name ?? nameOf(connection.appId)}
        crumbs={[
          { to: "/tenants", label: "Tenants" },
          { to: `/tenants/${tenantId}/connections`, label: tenant.data?.name ?? "Tenant" },
        ]}
        lead={<span className="secret">{connection.target.baseUrl}</span>}
      >
        <PauseButton connection={connection} />
      </PageHead>
      {connection.gate.state !== "open" && (
        <Alert color="orange" variant="outline" title="The gate is not open" mb="md">
          People and groups arrive and accounts are worked out, but{" "}
          {connection.gate.state === "closed" ? "nothing is sent" : "only the people of some groups are sent"} to the
          app.
        </Alert>
      )}
      <PageTabs
        tabs={isLinked ? TABS.filter(({ value }) => value !== "settings") : TABS}
        tab={tab}
        at={`/connections/${id}`}
        of={connection}
      />
    </>
  );
}

const PAUSE = "POST /api/v1/connections/{connectionId}/pause";
const RESUME = "POST /api/v1/connections/{connectionId}/resume";

function PauseButton({ connection }: { connection: Connection }) {
  const params = { connectionId: connection.id };
  const pause = useChange(PAUSE);
  const resume = useChange(RESUME);
  const error = pause.error ?? resume.error;
  const isOff = connection.state !== "active";
  return (
    <>
      {error !== null && <Failure error={error} />}
      <Guarded to={isOff ? RESUME : PAUSE}>
        <Button
          variant="default"
          loading={pause.isPending || resume.isPending}
          onClick={() => (isOff ? resume : pause).mutate({ params })}
        >
          {isOff ? "Resume" : "Pause"}
        </Button>
      </Guarded>
    </>
  );
}
