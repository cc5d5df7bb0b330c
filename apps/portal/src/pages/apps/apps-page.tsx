import { Badge, Button, Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { App } from "@muster/contract";
import { useList } from "../../api/queries.ts";
import { Guarded } from "../../parts/guarded.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { NewAppDialog } from "./new-app-dialog.tsx";

/** The apps of the workspace and the roles that they know. */
export function AppsPage() {
  const list = useList("GET /api/v1/apps", {});
  const [isOpen, dialog] = useDisclosure(false);
  const create = (
    <Guarded to="POST /api/v1/apps">
      <Button onClick={dialog.open} leftSection={<Icon name="plus" size={16} />}>
        New app
      </Button>
    </Guarded>
  );
  return (
    <>
      <PageHead title="Apps" lead="What tenants' people get accounts in, and the roles that each app knows.">
        {list.items.length > 0 && create}
      </PageHead>
      <Listed
        list={list}
        empty={
          <Empty title="No apps yet" action={create}>
            Register your app and its roles; tenants' directories are then connected to it.
          </Empty>
        }
      >
        {(apps) => (
          <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
            {apps.map((app) => (
              <AppCard key={app.id} app={app} />
            ))}
          </SimpleGrid>
        )}
      </Listed>
      <NewAppDialog isOpen={isOpen} onClose={dialog.close} />
    </>
  );
}

function AppCard({ app }: { app: App }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2} style={{ overflowWrap: "anywhere" }}>
          {app.name}
        </Title>
        <Text size="xs" c="dimmed">
          Registered <When at={app.createdAt} />
        </Text>
        {app.roles.length === 0 ? (
          <Text size="sm" c="dimmed">
            No roles: accounts are made without any.
          </Text>
        ) : (
          <Group gap={6}>
            {app.roles.map((role) => (
              <Badge key={role.key} variant="default" tt="none" fw={500} title={`Key: ${role.key}`}>
                {role.name}
              </Badge>
            ))}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
