import { Anchor, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Connection } from "@muster/contract";
import { useList } from "../../api/queries.ts";
import { useLinkedTenant } from "../../api/session.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { Link } from "../../router.tsx";
import { useAppNames } from "../apps/use-app-names.ts";
import { ConnectionState } from "./connection-state.tsx";
import { NewConnectionDialog } from "./new-connection-dialog.tsx";

/** The apps that a tenant's people get accounts in, with the state of each connection. */
export function ConnectionsTab({ tenantId }: { tenantId: string }) {
  const list = useList("GET /api/v1/tenants/{tenantId}/connections", { params: { tenantId } });
  const [isOpen, dialog] = useDisclosure(false);
  // Where an app is and what opens it is the app owner's.
  const create = useLinkedTenant() === null && (
    <Guarded to="POST /api/v1/tenants/{tenantId}/connections">
      <Button onClick={dialog.open} leftSection={<Icon name="plus" size={16} />}>
        Connect an app
      </Button>
    </Guarded>
  );
  return (
    <Stack>
      {list.items.length > 0 && create !== false && <Group justify="flex-end">{create}</Group>}
      <Listed
        list={list}
        empty={
          <Empty title="No app is connected" action={create}>
            A connection takes a directory's people to an app: who gets an account, and which group gives which role.
          </Empty>
        }
      >
        {(connections) => connections.map((one) => <ConnectionCard key={one.id} connection={one} />)}
      </Listed>
      <NewConnectionDialog tenantId={tenantId} isOpen={isOpen} onClose={dialog.close} />
    </Stack>
  );
}

function ConnectionCard({ connection }: { connection: Connection }) {
  const nameOf = useAppNames();
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start" gap="md">
        <Stack gap={2} style={{ minWidth: 0 }}>
          <Title order={2} style={{ overflowWrap: "anywhere" }}>
            <Anchor component={Link} to={`/connections/${connection.id}`} inherit>
              {connection.name ?? nameOf(connection.appId)}
            </Anchor>
          </Title>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {connection.target.baseUrl}
          </Text>
        </Stack>
        <ConnectionState connectionId={connection.id} />
      </Group>
    </Paper>
  );
}
