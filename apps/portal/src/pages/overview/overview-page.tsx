import { Anchor, Group, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import type { Overview } from "@muster/contract";
import { useRead } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { CountCard } from "../../parts/count-card.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";
import { healthWords, TROUBLED, wordsOf } from "./health-words.ts";

const EVERY_MS = 15_000;

/** The health of all connections at a glance, the worst first. */
export function OverviewPage() {
  const overview = useRead("GET /api/v1/overview", {}, { everyMs: EVERY_MS });
  return (
    <>
      <PageHead title="Overview" lead="How the connections of all tenants are, the worst first." />
      <Loaded of={overview}>{(read) => (read.worst.length === 0 ? <NothingYet /> : <Health overview={read} />)}</Loaded>
    </>
  );
}

function NothingYet() {
  return (
    <Empty title="Nothing is connected yet">
      <Text>
        Register your{" "}
        <Anchor component={Link} to="/apps">
          app
        </Anchor>{" "}
        and its roles, then take a{" "}
        <Anchor component={Link} to="/tenants">
          tenant
        </Anchor>{" "}
        on: its page gives the endpoint URL and token for the tenant's directory, and connects it to the app.
      </Text>
    </Empty>
  );
}

function Health({ overview }: { overview: Overview }) {
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
        {healthWords.map(({ health, word, tone }) => (
          <CountCard key={health} count={overview.connections[health]} word={word} tone={tone} />
        ))}
      </SimpleGrid>
      <ListTable heads={["Connection", "Tenant", "State", "Last attempt"]} minWidth={640}>
        {overview.worst.map((one) => (
          <Row key={one.connectionId} one={one} />
        ))}
      </ListTable>
    </Stack>
  );
}

function Row({ one }: { one: Overview["worst"][number] }) {
  const words = one.health === "healthy" && one.reason !== null ? TROUBLED : wordsOf(one.health);
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Anchor component={Link} to={`/connections/${one.connectionId}`} fw={600}>
          {one.name ?? one.app.name}
        </Anchor>
        {one.name !== null && (
          <Text size="xs" c="dimmed">
            {one.app.name}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Anchor component={Link} to={`/tenants/${one.tenant.id}`}>
          {one.tenant.name}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          <State tone={words.tone}>{words.word}</State>
          {one.since !== null && (
            <Text size="xs" c="dimmed" component="span">
              since <When at={one.since} />
            </Text>
          )}
        </Group>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {one.reason ?? words.meaning}
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={one.lastAttemptAt} />
      </Table.Td>
    </Table.Tr>
  );
}
