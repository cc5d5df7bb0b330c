import { Alert, Anchor, Button, Group, Select, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import type { AccountState, AccountView, Connection, ConnectionStatus } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { CountCard } from "../../parts/count-card.tsx";
import { Failure } from "../../parts/failure.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed, Loaded } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";
import { accountTones, accountWords } from "./account-words.ts";
import { sayStatus, useConnectionStatus } from "./connection-state.tsx";

const STATES: readonly AccountState[] = ["synced", "pending", "failing", "stopped", "held"];
const EVERY_MS = 5_000;

/** How far an app is from what it should hold, and whose accounts are in the way. */
export function StatusTab({ connection }: { connection: Connection }) {
  const status = useConnectionStatus(connection.id);
  return <Loaded of={status}>{(read) => <Status connection={connection} status={read} />}</Loaded>;
}

function Status({ connection, status }: { connection: Connection; status: ConnectionStatus }) {
  const { word, tone } = sayStatus(status);
  const retry = useChange("POST /api/v1/connections/{connectionId}/retry");
  const troubled = status.accounts.failing + status.accounts.stopped;
  return (
    <Stack gap="lg">
      {status.reason !== null && (
        <Alert color={tone === "bad" ? "red" : "gray"} variant="outline" title={word}>
          {status.reason}
          {status.nextProbeAt !== null && (
            <>
              {" "}
              It is tried again <When at={status.nextProbeAt} />.
            </>
          )}
        </Alert>
      )}
      <Group justify="space-between">
        <Group gap="sm">
          <State tone={tone}>{word}</State>
          <Text size="sm" c="dimmed">
            Last attempt <When at={status.lastAttemptAt} />
          </Text>
        </Group>
        {troubled > 0 && (
          <Button
            variant="default"
            loading={retry.isPending}
            onClick={() => retry.mutate({ params: { connectionId: connection.id } })}
          >
            Try failing accounts again
          </Button>
        )}
      </Group>
      {retry.isError && <Failure error={retry.error} />}
      <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="sm">
        {STATES.map((state) => (
          <CountCard key={state} count={status.accounts[state]} word={accountWords[state]} tone={accountTones[state]} />
        ))}
      </SimpleGrid>
      <Accounts connection={connection} />
    </Stack>
  );
}

function Accounts({ connection }: { connection: Connection }) {
  const [state, setState] = useState<AccountState | null>(null);
  const list = useList(
    "GET /api/v1/connections/{connectionId}/accounts",
    { params: { connectionId: connection.id }, query: state === null ? {} : { state } },
    { everyMs: EVERY_MS },
  );
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2}>Accounts</Title>
        <Select
          aria-label="Show accounts that are"
          placeholder="All accounts"
          value={state}
          onChange={(value) => setState(STATES.find((one) => one === value) ?? null)}
          data={STATES.map((one) => ({ value: one, label: accountWords[one] }))}
          clearable
          clearButtonProps={{ "aria-label": "Show all" }}
          w={200}
        />
      </Group>
      <Listed
        list={list}
        empty={
          <Empty title={state === null ? "No accounts yet" : "None of them"}>
            {state === null && (
              <>
                Choose{" "}
                <Anchor component={Link} to={`/connections/${connection.id}/access`}>
                  who gets in
                </Anchor>
                ; their accounts follow.
              </>
            )}
          </Empty>
        }
      >
        {(accounts) => <AccountTable tenantId={connection.tenantId} accounts={accounts} />}
      </Listed>
    </Stack>
  );
}

function AccountTable({ tenantId, accounts }: { tenantId: string; accounts: AccountView[] }) {
  return (
    <ListTable heads={["Person", "State", "Roles", "Last change"]} minWidth={560} highlights={false}>
      {accounts.map((account) => (
        <Table.Tr key={account.userId}>
          <Table.Td style={{ overflowWrap: "anywhere" }}>
            <Anchor component={Link} to={`/tenants/${tenantId}/users/${account.userId}`}>
              {account.userName ?? account.userId}
            </Anchor>
          </Table.Td>
          <Table.Td>
            <State tone={accountTones[account.state]}>{accountWords[account.state]}</State>
            {account.active === false && (
              <Text size="xs" c="dimmed">
                inactive in the app
              </Text>
            )}
            {account.reason !== null && (
              <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                {account.reason}
              </Text>
            )}
          </Table.Td>
          <Table.Td>{account.roles.length === 0 ? "–" : account.roles.join(", ")}</Table.Td>
          <Table.Td>
            <When at={account.updatedAt} />
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}
