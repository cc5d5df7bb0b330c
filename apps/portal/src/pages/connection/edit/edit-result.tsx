import { Alert, Anchor, Badge, Group, Stack, Text, Title } from "@mantine/core";
import type { Connection, EditPlan } from "@muster/contract";
import { State, type Tone } from "../../../parts/badge.tsx";
import { Link } from "../../../router.tsx";

type Change = EditPlan["changes"][number];
type Example = Change["first"][number];

const WORDS: Readonly<Record<Change["change"], { one: string; many: string; tone: Tone }>> = {
  gains: { one: "gains access", many: "gain access", tone: "good" },
  loses: { one: "loses access", many: "lose access", tone: "bad" },
  roles: { one: "gets other roles", many: "get other roles", tone: "warn" },
  attributes: { one: "gets other attributes", many: "get other attributes", tone: "quiet" },
};

const say = (count: number) => count.toLocaleString("en");
const people = (count: number) => (count === 1 ? "1 person" : `${say(count)} people`);

/** Who would gain, lose or get something else by an edit, with names. */
export function EditResult({ connection, result }: { connection: Connection; result: EditPlan }) {
  const { guard, inScopeBefore, inScopeAfter } = result;
  const changes = result.changes.filter(({ count }) => count > 0);
  const roles = result.roles.filter(({ gain, lose }) => gain + lose > 0);
  return (
    <Stack gap="sm">
      <Text size="sm">
        {inScopeBefore === inScopeAfter
          ? `${people(inScopeAfter)} in scope, as before.`
          : `${say(inScopeBefore)} in scope now, ${say(inScopeAfter)} afterwards.`}
      </Text>
      {guard.wouldHold && (
        <Alert color="orange" variant="outline" title="This waits for approval">
          {people(guard.losing)} would lose their accounts' access at once; more than {say(guard.threshold)} wait under
          Approvals until somebody approves.
        </Alert>
      )}
      {changes.length === 0 && <Text fw={600}>Nobody's account changes.</Text>}
      {changes.map((change) => (
        <section key={change.change}>
          <Title order={3} mb={4}>
            <State tone={WORDS[change.change].tone}>
              {people(change.count)} {WORDS[change.change][change.count === 1 ? "one" : "many"]}
            </State>
          </Title>
          <Stack gap={4} component="ul" className="plain-list">
            {change.first.map((one) => (
              <ExampleLine key={one.userId} tenantId={connection.tenantId} example={one} />
            ))}
          </Stack>
          {change.count > change.first.length && (
            <Text size="xs" c="dimmed" mt={4}>
              and {say(change.count - change.first.length)} more
            </Text>
          )}
        </section>
      ))}
      {roles.length > 0 && (
        <Group gap={6}>
          {roles.map(({ role, gain, lose }) => (
            <Badge key={role} variant="default" tt="none" fw={500} maw="100%">
              {role} {[gain > 0 ? `+${say(gain)}` : "", lose > 0 ? `−${say(lose)}` : ""].join(" ").trim()}
            </Badge>
          ))}
        </Group>
      )}
    </Stack>
  );
}

function ExampleLine({ tenantId, example }: { tenantId: string; example: Example }) {
  const { rolesBefore, rolesAfter, attributes } = example;
  const [before, after] = [rolesBefore, rolesAfter].map((roles) => (roles.length === 0 ? "no role" : roles.join(", ")));
  return (
    <Text component="li" size="sm" className="breakable">
      <Anchor component={Link} to={`/tenants/${tenantId}/users/${example.userId}`}>
        {example.userName}
      </Anchor>
      {before !== after && (
        <Text span size="xs" c="dimmed">
          {" "}
          {before} → {after}
        </Text>
      )}
      {attributes.length > 0 && (
        <Text span size="xs" c="dimmed">
          {" "}
          {attributes.join(", ")}
        </Text>
      )}
    </Text>
  );
}
