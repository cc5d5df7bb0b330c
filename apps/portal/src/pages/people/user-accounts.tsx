import { Anchor, Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, UserDetail } from "@muster/contract";
import { useList, useRead } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { Listed, Loaded } from "../../parts/states.tsx";
import { Link } from "../../router.tsx";
import { useAppNames } from "../apps/use-app-names.ts";
import { accountTones, sayAccount } from "../connection/account-words.ts";
import { AccountActions } from "./account-actions.tsx";

const EVERY_MS = 10_000;

/** The accounts of a person in each app that their directory is connected to, with the state of each. */
export function UserAccounts({ tenantId, user }: { tenantId: string; user: UserDetail }) {
  const list = useList("GET /api/v1/tenants/{tenantId}/connections", { params: { tenantId } });
  const connections = list.items.filter((one) => one.directoryId === user.directoryId);
  const none = (
    <Text size="sm" c="dimmed">
      This person's directory is not connected to any app yet.
    </Text>
  );
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        Accounts
      </Title>
      <Listed list={{ ...list, items: connections }} empty={none}>
        {(items) => items.map((one) => <AccountLine key={one.id} connection={one} user={user} />)}
      </Listed>
    </Paper>
  );
}

function AccountLine({ connection, user }: { connection: Connection; user: UserDetail }) {
  const nameOf = useAppNames();
  const accounts = useRead(
    "GET /api/v1/connections/{connectionId}/accounts",
    { params: { connectionId: connection.id }, query: { userName: user.userName, pageSize: 1 } },
    { everyMs: EVERY_MS },
  );
  const app = connection.name ?? nameOf(connection.appId);
  return (
    <Stack gap={4} mb="sm">
      <Anchor component={Link} to={`/connections/${connection.id}`} fw={600} style={{ overflowWrap: "anywhere" }}>
        {app}
      </Anchor>
      <Loaded of={accounts}>
        {({ items: [account] }) =>
          account === undefined ? (
            <State tone="quiet">No account: not assigned to this app</State>
          ) : (
            <>
              <Group gap="xs">
                <State tone={accountTones[account.state]}>{sayAccount(account)}</State>
                <Text size="sm" c="dimmed">
                  {account.active === null ? "" : account.active ? "active there" : "inactive there"}
                </Text>
                {account.roles.map((role) => (
                  <Badge key={role} variant="default" tt="none" fw={500}>
                    {role}
                  </Badge>
                ))}
              </Group>
              {account.reason !== null && (
                <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {account.reason}
                </Text>
              )}
            </>
          )
        }
      </Loaded>
      <AccountActions connection={connection} userId={user.id} account={accounts.data?.items[0]} app={app} />
    </Stack>
  );
}
