import { Alert, Progress, Stack, Text } from "@mantine/core";
import type { Connection, PlanOfEdit } from "@muster/contract";
import { Failure } from "../../../parts/failure.tsx";
import { EditResult } from "./edit-result.tsx";
import { LockoutHint } from "./lockout-hint.tsx";
import { type ProposedEdit, usePlanOfEdit } from "./use-plan-of-edit.ts";

/** What an edit would change for whom, as it is edited and before anything is saved. */
export function EditPreview({ connection, proposed }: { connection: Connection; proposed: ProposedEdit | null }) {
  const { isAllowed, plan, error, isStale, retry } = usePlanOfEdit(connection.id, proposed);
  return (
    <Stack gap="sm">
      <div aria-live="polite">
        {!isAllowed ? (
          <Text size="sm" c="dimmed">
            Whoever may try an edit out sees here who gains and who loses what.
          </Text>
        ) : proposed === null ? (
          <Text size="sm" c="dimmed">
            Change something, and who gains and who loses what stands here before it is saved.
          </Text>
        ) : error !== null ? (
          <Failure error={error} onRetry={retry} />
        ) : (
          <Plan connection={connection} plan={plan} isStale={isStale} />
        )}
      </div>
      <LockoutHint connectionId={connection.id} />
    </Stack>
  );
}

type PlanProps = { connection: Connection; plan: PlanOfEdit | undefined; isStale: boolean };

function Plan({ connection, plan, isStale }: PlanProps) {
  if (plan?.state === "failed")
    return (
      <Alert color="red" variant="outline" title="This could not be worked out">
        {plan.reason}
      </Alert>
    );
  if (plan?.result === undefined || isStale) return <Working plan={isStale ? undefined : plan} />;
  return <EditResult connection={connection} result={plan.result} />;
}

function Working({ plan }: { plan: PlanOfEdit | undefined }) {
  const { people, total } = plan?.progress ?? { people: 0, total: null };
  return (
    <Stack gap={6}>
      <Text size="sm">
        {plan?.state === "running" && total !== null
          ? `Looking at ${people.toLocaleString("en")} of ${total.toLocaleString("en")} people`
          : "Working out what would change"}
      </Text>
      <Progress
        value={total === null || total === 0 ? 100 : (people / total) * 100}
        animated
        aria-label="How far this is"
      />
    </Stack>
  );
}
