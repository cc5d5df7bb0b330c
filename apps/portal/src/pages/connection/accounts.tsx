import { Anchor, Group, Select, Stack, Table, Text, Title } from "@mantine/core";
import type { AccountState, AccountView, Connection } from "@muster/contract";
import { useState } from "react";
import { useList, useReadPage } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import type { Column } from "../../parts/csv.ts";
import { ExportButtons } from "../../parts/export-buttons.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";
import { accountStates, accountTones, accountWords, sayAccount } from "./account-words.ts";

const EVERY_MS = 5_000;
const ROUTE = "GET /api/v1/connections/{connectionId}/accounts";

const COLUMNS: readonly Column<AccountView>[] = [
  ["userName", ({ userName }) => userName],
  ["state", ({ state }) => state],
  ["active", ({ active }) => active],
  ["roles", ({ roles }) => roles.join("; ")],
  ["reason", ({ reason }) => reason],
  ["remoteId", ({ remoteId }) => remoteId],
  ["updatedAt", ({ updatedAt }) => updatedAt],
  ["userId", ({ userId }) => userId],
];

/** The accounts of a connection, those in one state or all. */
export function Accounts({ connection }: { connection: Connection }) {
  const [state, setState] = useState<AccountState | null>(null);
  const sent = { params: { connectionId: connection.id }, query: state === null ? {} : { state } };
  const list = useList(ROUTE, sent, { everyMs: EVERY_MS });
  const readPage = useReadPage(ROUTE, sent);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2}>Accounts</Title>
        <Select
          aria-label="Show accounts that are"
          placeholder="All accounts"
          value={state}
          onChange={(value) => setState(accountStates.find((one) => one === value) ?? null)}
          data={accountStates.map((one) => ({ value: one, label: accountWords[one] }))}
          clearable
          clearButtonProps={{ "aria-label": "Show all" }}
          w={200}
        />
      </Group>
      <ExportButtons name="accounts" columns={COLUMNS} readPage={readPage} />
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
          <Table.Td w="34%" style={{ overflowWrap: "anywhere" }}>
            <Anchor component={Link} to={`/tenants/${tenantId}/users/${account.userId}`}>
              {account.userName ?? account.userId}
            </Anchor>
          </Table.Td>
          <Table.Td>
            <State tone={accountTones[account.state]}>{sayAccount(account)}</State>
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
            {account.nextAttemptAt !== null && account.state === "failing" && (
              <Text size="xs" c="dimmed">
                tried {account.attempts.toLocaleString("en")} times, again <When at={account.nextAttemptAt} />
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
