import { Anchor, Group, Stack, Table, Text, Title } from "@mantine/core";
import type { Connection, Why } from "@muster/contract";
import { useRead } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Loaded } from "../../parts/states.tsx";
import { TraceLink } from "../../parts/trace-link.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "../../router.tsx";
import { roleWords, ruleWords, scopeWords, stepWords } from "./why-words.ts";

/** Why a person has an account and roles in a connection, or has not, by the code that decides it. */
export function WhyView({ connection, userId }: { connection: Connection; userId: string }) {
  const why = useRead("GET /api/v1/connections/{connectionId}/people/{userId}/why", {
    params: { connectionId: connection.id, userId },
  });
  return (
    <Loaded of={why}>
      {(read) => (
        <Stack gap="lg">
          <Summary tenantId={connection.tenantId} why={read} />
          <Roles why={read} />
          <Rules tenantId={connection.tenantId} why={read} />
          <Values why={read} />
        </Stack>
      )}
    </Loaded>
  );
}

type Part = { tenantId: string; why: Why };

function Summary({ tenantId, why }: Part) {
  const { scope, plan } = why;
  return (
    <Stack gap={6}>
      <State tone={why.isActive ? "good" : "quiet"}>
        {why.isActive
          ? "Should have an account that gives access"
          : why.isWanted
            ? "Should have an account that is inactive"
            : "Should have no account"}
      </State>
      <Text size="sm" className="breakable">
        {scopeWords[scope.why] ?? scope.why}{" "}
        {scope.group !== undefined && <GroupOf tenantId={tenantId} group={scope.group} />}
        {scope.at !== null && <When at={scope.at} />}
        {scope.message}
      </Text>
      {why.assignedGroups.length > 0 && (
        <Text size="sm" className="breakable">
          Any of these would bring them in:{" "}
          {why.assignedGroups.map((group, place) => (
            <span key={group.id}>
              {place === 0 ? "" : ", "}
              <Anchor component={Link} to={`/tenants/${tenantId}/groups/${group.id}`}>
                {group.displayName}
              </Anchor>
            </span>
          ))}
        </Text>
      )}
      <Text size="sm" className="breakable">
        What is done next: {stepWords[plan.step]}
        {plan.reason === null ? "." : `: ${plan.reason}`}
      </Text>
      {why.changesAt !== null && (
        <Text size="sm" c="dimmed">
          By time alone this changes <When at={why.changesAt} />.
        </Text>
      )}
    </Stack>
  );
}

type GroupFacts = NonNullable<Why["scope"]["group"]>;

function GroupOf({ tenantId, group }: { tenantId: string; group: GroupFacts }) {
  return (
    <>
      <Anchor component={Link} to={`/tenants/${tenantId}/groups/${group.id}`} className="breakable">
        {group.displayName}
      </Anchor>
      {group.memberSince !== null && (
        <>
          {" "}
          since <When at={group.memberSince} /> <TraceLink tenantId={tenantId} traceId={group.traceId} />
        </>
      )}
    </>
  );
}

function Roles({ why }: { why: Why }) {
  return (
    <section>
      <Title order={3} mb={4}>
        Roles
      </Title>
      {why.roles.length === 0 && (
        <Text size="sm" c="dimmed">
          None.
        </Text>
      )}
      {why.roles.map(({ role, because, rule }) => (
        <Group key={role} gap={6}>
          <Text size="sm" fw={600} className="breakable">
            {role}
          </Text>
          <Text size="sm" c="dimmed">
            {roleWords[because]}
            {rule === null ? "" : ` ${rule + 1}`}
          </Text>
        </Group>
      ))}
    </section>
  );
}

function Rules({ tenantId, why }: Part) {
  if (why.rules.length === 0) return null;
  return (
    <section>
      <Title order={3} mb={4}>
        What every rule does for them
      </Title>
      <ListTable heads={["Rule", "Role", "Outcome"]} minWidth={420} highlights={false}>
        {why.rules.map((rule) => (
          <Table.Tr key={rule.position}>
            <Table.Td>{rule.position + 1}</Table.Td>
            <Table.Td className="breakable">{rule.role}</Table.Td>
            <Table.Td className="breakable">
              <State tone={rule.outcome === "gives" ? "good" : rule.outcome === "conditionFailed" ? "bad" : "quiet"}>
                {ruleWords[rule.outcome]}
              </State>{" "}
              <Text size="xs" c="dimmed" component="div">
                {rule.group !== undefined && <GroupOf tenantId={tenantId} group={rule.group} />}
                {rule.condition !== null && <div className="secret">{rule.condition}</div>}
                {rule.message}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
    </section>
  );
}

function Values({ why }: { why: Why }) {
  if (why.values.length === 0) return null;
  return (
    <section>
      <Title order={3} mb={4}>
        Attributes
      </Title>
      <ListTable heads={["Place", "Value", "From"]} minWidth={420} highlights={false}>
        {why.values.map(({ target, value, from }) => (
          <Table.Tr key={target}>
            <Table.Td className="breakable">{target}</Table.Td>
            <Table.Td className="breakable">
              {typeof value === "string" ? value : JSON.stringify(value ?? null)}
            </Table.Td>
            <Table.Td>{from}</Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
    </section>
  );
}
