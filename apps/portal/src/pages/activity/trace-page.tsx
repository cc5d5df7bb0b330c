import { Anchor, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useRead } from "../../api/queries.ts";
import { DialogFrame } from "../../parts/dialog.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { Link } from "../../router.tsx";
import { useAppNames } from "../apps/use-app-names.ts";
import { AttemptDetails, AttemptTable } from "../connection/attempts-tab.tsx";
import { RequestDetails } from "./request-details.tsx";
import { RequestTable } from "./request-log.tsx";
import { type Trace, useTrace } from "./use-trace.ts";

type Shown = { of: "request"; directoryId: string; id: string } | { of: "attempt"; connectionId: string; id: string };

/** One request followed from the identity provider to the apps. */
export function TracePage({ tenantId, traceId }: { tenantId: string; traceId: string }) {
  const [shown, setShown] = useState<Shown | null>(null);
  const trace = useTrace(tenantId, traceId);
  const tenant = useRead("GET /api/v1/tenants/{tenantId}", { params: { tenantId } });
  return (
    <>
      <PageHead
        title="One change, followed"
        crumbs={[
          { to: "/tenants", label: "Tenants" },
          { to: `/tenants/${tenantId}/activity`, label: tenant.data?.name ?? "Tenant" },
        ]}
        lead={<span className="secret">{traceId}</span>}
      />
      <Loaded of={trace}>{(read) => <Steps tenantId={tenantId} trace={read} onShow={setShown} />}</Loaded>
      <DialogFrame
        title={shown?.of === "attempt" ? "Attempt" : "Request"}
        isOpen={shown !== null}
        onClose={() => setShown(null)}
        size="xl"
      >
        {shown?.of === "request" && (
          <RequestDetails tenantId={tenantId} directoryId={shown.directoryId} requestId={shown.id} />
        )}
        {shown?.of === "attempt" && <AttemptDetails connectionId={shown.connectionId} attemptId={shown.id} />}
      </DialogFrame>
    </>
  );
}

function Steps({ tenantId, trace, onShow }: { tenantId: string; trace: Trace; onShow(shown: Shown): void }) {
  const nameOf = useAppNames();
  if (trace.requests.length + trace.attempts.length === 0)
    return (
      <Empty title="Nothing is kept of it">
        The logs are kept for some days; what an administrator changed stands in the audit.
      </Empty>
    );
  return (
    <Stack gap="xl">
      <section>
        <Title order={2} mb="xs">
          1. Came in
        </Title>
        {trace.requests.length === 0 && (
          <Text c="dimmed">Not from an identity provider, or longer ago than its log: somebody changed settings.</Text>
        )}
        {trace.requests.map(({ directoryId, items }) => (
          <RequestTable
            key={directoryId}
            tenantId={tenantId}
            requests={items}
            onShow={(id) => onShow({ of: "request", directoryId, id })}
          />
        ))}
      </section>
      <section>
        <Title order={2} mb="xs">
          2. Went to apps
        </Title>
        {trace.attempts.length === 0 && <Text c="dimmed">Nothing was sent because of it so far.</Text>}
        {trace.attempts.map(({ connection, items }) => (
          <div key={connection.id}>
            <Title order={3} className="breakable">
              <Anchor component={Link} to={`/connections/${connection.id}`}>
                {connection.name ?? nameOf(connection.appId)}
              </Anchor>
            </Title>
            <AttemptTable
              tenantId={tenantId}
              attempts={items}
              onShow={(id) => onShow({ of: "attempt", connectionId: connection.id, id })}
            />
          </div>
        ))}
      </section>
    </Stack>
  );
}
