import { Button, Grid, Paper, Stack, Text, Title } from "@mantine/core";
import type { Directory } from "@muster/contract";
import { useChange, useRead } from "../../api/queries.ts";
import { guideOf } from "../../guides/guides.ts";
import { State } from "../../parts/badge.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { PageLoaded } from "../../parts/states.tsx";
import { GuideSteps } from "./guide-steps.tsx";
import { LiveState } from "./live-state.tsx";
import { RecentTrouble } from "./recent-trouble.tsx";
import { TokensCard } from "./tokens-card.tsx";

type Where = { tenantId: string; directoryId: string };

/** A directory: how to connect the identity provider, and how far it has come. */
export function DirectoryPage({ tenantId, directoryId }: Where) {
  const params = { tenantId, directoryId };
  const directory = useRead("GET /api/v1/tenants/{tenantId}/directories/{directoryId}", { params });
  const tenant = useRead("GET /api/v1/tenants/{tenantId}", { params: { tenantId } });
  return (
    <PageLoaded of={directory} name="Directory">
      {(read) => (
        <>
          <PageHead
            title={titleOf(read)}
            crumbs={[
              { to: "/tenants", label: "Tenants" },
              { to: `/tenants/${tenantId}/provisioning`, label: tenant.data?.name ?? "Tenant" },
            ]}
            lead={read.enabled ? undefined : <State tone="warn">Switched off: the identity provider is refused</State>}
          >
            <Switch tenantId={tenantId} directory={read} />
          </PageHead>
          <Grid gap="xl">
            <Grid.Col span={{ base: 12, md: 7 }}>
              <GuideSteps tenantId={tenantId} directory={read} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 5 }}>
              <Stack gap="lg">
                <Paper withBorder p="md">
                  <LiveState {...params} />
                </Paper>
                <RecentTrouble {...params} />
                <TokensCard {...params} />
                <Expectations provider={read.provider} />
              </Stack>
            </Grid.Col>
          </Grid>
        </>
      )}
    </PageLoaded>
  );
}

function titleOf({ name, provider }: Directory): string {
  return name === provider ? guideOf(provider).name : name;
}

function Switch({ tenantId, directory }: { tenantId: string; directory: Directory }) {
  const change = useChange("PATCH /api/v1/tenants/{tenantId}/directories/{directoryId}");
  const flip = () =>
    change.mutate({ params: { tenantId, directoryId: directory.id }, body: { enabled: !directory.enabled } });
  return (
    <>
      {change.isError && <Failure error={change.error} />}
      <Guarded to="PATCH /api/v1/tenants/{tenantId}/directories/{directoryId}">
        <Button variant="default" onClick={flip} loading={change.isPending}>
          {directory.enabled ? "Pause" : "Resume"}
        </Button>
      </Guarded>
    </>
  );
}

function Expectations({ provider }: { provider: string }) {
  const { expect, name } = guideOf(provider);
  if (expect.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="xs">
        Good to know about {name}
      </Title>
      <Stack gap="xs" component="ul" m={0} pl="md">
        {expect.map((line) => (
          <Text component="li" size="sm" key={line}>
            {line}
          </Text>
        ))}
      </Stack>
    </Paper>
  );
}
