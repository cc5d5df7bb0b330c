import { Anchor, Badge, Grid, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { UserDetail } from "@muster/contract";
import { useRead } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { PageLoaded } from "../../parts/states.tsx";
import { Link } from "../../router.tsx";
import { AttributeTable } from "./attribute-table.tsx";
import { UserAccounts } from "./user-accounts.tsx";
import { Timeline } from "./user-timeline.tsx";

/** A person: what the identity provider says, the accounts that follow from it, and what happened. */
export function UserPage(params: { tenantId: string; userId: string }) {
  const { tenantId } = params;
  const user = useRead("GET /api/v1/tenants/{tenantId}/users/{userId}", { params });
  const tenant = useRead("GET /api/v1/tenants/{tenantId}", { params: { tenantId } });
  return (
    <PageLoaded of={user} name="Person">
      {(read) => (
        <>
          <PageHead
            title={read.displayName ?? read.userName}
            crumbs={[
              { to: "/tenants", label: "Tenants" },
              { to: `/tenants/${tenantId}/users`, label: tenant.data?.name ?? "Tenant" },
            ]}
            lead={<State tone={read.active ? "good" : "quiet"}>{read.active ? "Active" : "Inactive"}</State>}
          />
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 6 }}>
              <Stack gap="lg">
                <Paper withBorder p="md">
                  <Title order={2} mb="sm">
                    Attributes
                  </Title>
                  <AttributeTable user={read} />
                </Paper>
                <Groups tenantId={tenantId} user={read} />
              </Stack>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <Stack gap="lg">
                <UserAccounts tenantId={tenantId} user={read} />
                <Paper withBorder p="md">
                  <Title order={2} mb="sm">
                    Timeline
                  </Title>
                  <Timeline {...params} />
                </Paper>
              </Stack>
            </Grid.Col>
          </Grid>
        </>
      )}
    </PageLoaded>
  );
}

function Groups({ tenantId, user }: { tenantId: string; user: UserDetail }) {
  const groups = user.groups ?? [];
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        Groups
      </Title>
      {groups.length === 0 && (
        <Text size="sm" c="dimmed">
          In no group.
        </Text>
      )}
      <Stack gap={6}>
        {groups.map((group) => (
          <Group key={group.id} gap="xs" wrap="nowrap">
            <Anchor
              component={Link}
              to={`/tenants/${tenantId}/groups/${group.id}`}
              style={{ overflowWrap: "anywhere" }}
            >
              {group.displayName}
            </Anchor>
            {group.type === "indirect" && (
              <Badge variant="default" tt="none" fw={500}>
                through another group
              </Badge>
            )}
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}
