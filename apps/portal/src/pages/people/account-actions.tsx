import { Button, Group } from "@mantine/core";
import type { AccountView, Connection } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { DialogFrame } from "../../parts/dialog.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Loading } from "../../parts/states.tsx";
import { ManualRolesView } from "./manual-roles.tsx";
import { ProvisionSteps } from "./provision-report.tsx";
import { Timeline } from "./user-timeline.tsx";
import { WhyView } from "./why-view.tsx";

type Shown = "why" | "steps" | "timeline" | "roles";

type Props = { connection: Connection; userId: string; account: AccountView | undefined; app: string };

/** What can be asked and done about one person in one connection. */
export function AccountActions({ connection, userId, account, app }: Props) {
  const [shown, setShown] = useState<Shown | null>(null);
  const retry = useChange("POST /api/v1/connections/{connectionId}/accounts/{userId}/retry");
  const provision = useChange("POST /api/v1/connections/{connectionId}/accounts/{userId}/provision");
  const params = { connectionId: connection.id, userId };
  const begin = () => {
    setShown("steps");
    provision.mutate({ params, body: {} });
  };
  const isTroubled = account?.state === "failing" || account?.state === "stopped";
  const titles = {
    why: `Why ${app} has them, or not`,
    steps: `Provisioned now in ${app}`,
    timeline: `In ${app}`,
    roles: `Roles by hand in ${app}`,
  };
  return (
    <>
      <Group gap={6}>
        <Button size="xs" variant="default" onClick={() => setShown("why")}>
          Why?
        </Button>
        <Guarded to="POST /api/v1/connections/{connectionId}/accounts/{userId}/provision">
          <Button size="xs" variant="default" onClick={begin}>
            Provision now
          </Button>
        </Guarded>
        {account !== undefined && (
          <Button size="xs" variant="default" onClick={() => setShown("timeline")}>
            Timeline
          </Button>
        )}
        <Button size="xs" variant="default" onClick={() => setShown("roles")}>
          Roles by hand
        </Button>
        {isTroubled && (
          <Guarded to="POST /api/v1/connections/{connectionId}/accounts/{userId}/retry">
            <Button size="xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate({ params })}>
              Try again
            </Button>
          </Guarded>
        )}
      </Group>
      {retry.isError && <Failure error={retry.error} />}
      <DialogFrame
        title={shown === null ? "" : titles[shown]}
        isOpen={shown !== null}
        onClose={() => setShown(null)}
        size="xl"
      >
        {shown === "roles" && <ManualRolesView connection={connection} userId={userId} />}
        {shown === "why" && <WhyView connection={connection} userId={userId} />}
        {shown === "timeline" && (
          <Timeline tenantId={connection.tenantId} userId={userId} connectionId={connection.id} />
        )}
        {shown === "steps" && provision.isPending && <Loading />}
        {shown === "steps" && provision.error !== null && <Failure error={provision.error} onRetry={begin} />}
        {shown === "steps" && provision.data !== undefined && !provision.isPending && (
          <ProvisionSteps connection={connection} report={provision.data} />
        )}
      </DialogFrame>
    </>
  );
}
