import { ActionIcon, Button, Group, MultiSelect, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, LockoutGuard } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../../api/queries.ts";
import { Failure } from "../../../parts/failure.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { Icon } from "../../../parts/icon.tsx";
import { PersonField } from "../../../parts/person-field.tsx";
import { Loaded } from "../../../parts/states.tsx";

/** Whom no change may lock out of the app: people for emergencies, and roles of which somebody must be left. */
export function LockoutCard({ connection }: { connection: Connection }) {
  const params = { connectionId: connection.id };
  const guard = useRead("GET /api/v1/connections/{connectionId}/lockout-guard", { params });
  return (
    <Paper withBorder p="md" component="section" aria-label="Never locked out">
      <Title order={2} mb="xs">
        Never locked out
      </Title>
      <Loaded of={guard}>{(read) => <Editor connection={connection} saved={read} />}</Loaded>
    </Paper>
  );
}

function Editor({ connection, saved }: { connection: Connection; saved: LockoutGuard }) {
  const [people, setPeople] = useState(saved.people);
  const [roles, setRoles] = useState(saved.roles);
  const app = useRead("GET /api/v1/apps/{appId}", { params: { appId: connection.appId } });
  const put = useChange("PUT /api/v1/connections/{connectionId}/lockout-guard");
  const known = app.data?.roles.map(({ key, name }) => ({ value: key, label: name })) ?? [];
  const offered = [
    ...known,
    ...roles.filter((role) => !known.some(({ value }) => value === role)).map((value) => ({ value, label: value })),
  ];
  const isChanged = JSON.stringify({ people, roles }) !== JSON.stringify({ people: saved.people, roles: saved.roles });
  const submit = () =>
    put.mutate({ params: { connectionId: connection.id }, body: { people: people.map(({ id }) => ({ id })), roles } });
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        These people keep their account and their roles whatever the directory, a rule or a removal says; of these roles
        the last active holder keeps theirs.
      </Text>
      {people.map((person) => (
        <Group key={person.id} justify="space-between" wrap="nowrap">
          <Text size="sm" className="breakable">
            {person.userName}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Protect ${person.userName} no more`}
            onClick={() => setPeople(people.filter(({ id }) => id !== person.id))}
          >
            <Icon name="remove" size={16} />
          </ActionIcon>
        </Group>
      ))}
      <PersonField
        // Begins anew once somebody was added.
        key={people.length}
        tenantId={connection.tenantId}
        directoryId={connection.directoryId}
        label="Protect somebody"
        value={null}
        onChange={({ id, userName }) => people.some((one) => one.id === id) || setPeople([...people, { id, userName }])}
      />
      <MultiSelect
        label="Protected roles"
        placeholder="Choose roles"
        data={offered}
        value={roles}
        onChange={setRoles}
      />
      {put.isError && <Failure error={put.error} />}
      <Group>
        <Guarded to="PUT /api/v1/connections/{connectionId}/lockout-guard">
          <Button onClick={submit} loading={put.isPending} disabled={!isChanged}>
            Save who is protected
          </Button>
        </Guarded>
        <Text size="sm" c="dimmed" aria-live="polite">
          {put.isSuccess && !isChanged ? "Saved." : ""}
        </Text>
      </Group>
    </Stack>
  );
}
