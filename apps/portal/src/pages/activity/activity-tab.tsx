import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import { AuditLog } from "./audit-log.tsx";
import { EventLog } from "./event-log.tsx";
import { RequestLog } from "./request-log.tsx";

const KINDS = [
  { value: "requests", label: "Requests" },
  { value: "events", label: "Events" },
  { value: "audit", label: "Audit" },
];

/** What happened in a tenant: what identity providers sent, what changed by it, and who did what. */
export function ActivityTab({ tenantId }: { tenantId: string }) {
  const [kind, setKind] = useState("requests");
  return (
    <Stack>
      <SegmentedControl
        aria-label="What to look at"
        value={kind}
        onChange={setKind}
        data={KINDS}
        style={{ alignSelf: "flex-start" }}
      />
      {kind === "requests" && <RequestLog tenantId={tenantId} />}
      {kind === "events" && <EventLog tenantId={tenantId} />}
      {kind === "audit" && <AuditLog tenantId={tenantId} />}
    </Stack>
  );
}
