import { ActionIcon, Button, Group, Paper, Radio, Stack, Text, Title } from "@mantine/core";
import type { Assignments, BoundGroup, Connection, PutAssignmentsRequest } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { GroupField } from "../../parts/group-field.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Loaded } from "../../parts/states.tsx";
import { EditWithPreview } from "./edit/edit-with-preview.tsx";

/** Who gets an account in the app: everybody, or the members of some groups. */
export function AccessTab({ connection }: { connection: Connection }) {
  const params = { connectionId: connection.id };
  const assignments = useRead("GET /api/v1/connections/{connectionId}/assignments", { params });
  return <Loaded of={assignments}>{(read) => <Editor connection={connection} saved={read} />}</Loaded>;
}

function Editor({ connection, saved }: { connection: Connection; saved: Assignments }) {
  const [everyone, setEveryone] = useState(saved.everyone);
  const [groups, setGroups] = useState<BoundGroup[]>(saved.groups);
  const save = useChange("PUT /api/v1/connections/{connectionId}/assignments");
  const isChanged = everyone !== saved.everyone || JSON.stringify(groups) !== JSON.stringify(saved.groups);
  const assignments = { ...keptOf(saved), everyone, groups: groups.map(toRef) };
  const submit = () =>
    save.mutate(
      { params: { connectionId: connection.id }, body: assignments },
      { onSuccess: (now) => setGroups(now.groups) },
    );
  const undo = () => {
    setEveryone(saved.everyone);
    setGroups(saved.groups);
  };
  return (
    <EditWithPreview
      connection={connection}
      to="PUT /api/v1/connections/{connectionId}/assignments"
      proposed={isChanged ? { assignments } : null}
      lack={null}
      onSave={submit}
      onUndo={undo}
      save={save}
      saved="Saved. Accounts follow."
    >
      <Radio.Group
        label="Who gets an account in the app"
        value={everyone ? "everyone" : "groups"}
        onChange={(value) => setEveryone(value === "everyone")}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="everyone" label="Everybody in the directory" />
          <Radio value="groups" label="The members of these groups" />
        </Stack>
      </Radio.Group>
      {!everyone && <GroupList connection={connection} groups={groups} onChange={setGroups} />}
      <Kept saved={saved} />
      <Text size="sm" c="dimmed">
        Who leaves all of them loses access, as the connection's settings say. When many would lose it at once, that
        waits for approval.
      </Text>
    </EditWithPreview>
  );
}

function toRef(group: BoundGroup) {
  return group.id === null ? { displayName: group.displayName ?? "" } : { id: group.id };
}

/** What an API call set besides, which this page shows and keeps. */
function keptOf({ people, condition, starts, ends, timeZone }: Assignments): PutAssignmentsRequest {
  return {
    people: people.map(({ id, userName }) => (id === null ? { userName: userName ?? "" } : { id })),
    ...(condition === undefined ? {} : { condition }),
    ...(starts === undefined ? {} : { starts }),
    ...(ends === undefined ? {} : { ends }),
    timeZone,
  };
}

function Kept({ saved }: { saved: Assignments }) {
  const { people, condition, starts, ends, timeZone } = saved;
  const facts = [
    people.length === 0 ? "" : `Besides: ${people.map(({ userName }) => userName ?? "somebody deleted").join(", ")}.`,
    condition === undefined ? "" : `And whoever this is true for: ${condition}`,
    starts === undefined ? "" : `From ${starts.expression}, ${starts.daysBefore} days before it (${timeZone}).`,
    ends === undefined ? "" : `Until ${ends.expression}, and ${ends.graceDays} days more (${timeZone}).`,
  ].filter((fact) => fact !== "");
  return facts.map((fact) => (
    <Text key={fact} size="sm" className="breakable">
      {fact}
    </Text>
  ));
}

type ListProps = { connection: Connection; groups: BoundGroup[]; onChange(groups: BoundGroup[]): void };

function GroupList({ connection, groups, onChange }: ListProps) {
  const [name, setName] = useState("");
  const add = (given: string) => {
    const displayName = given.trim();
    setName("");
    if (displayName === "" || groups.some((group) => group.displayName === displayName)) return;
    onChange([...groups, { id: null, displayName, bound: false }]);
  };
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        Groups
      </Title>
      <Stack gap="xs">
        {groups.length === 0 && (
          <Text size="sm" c="dimmed">
            None yet: nobody gets in.
          </Text>
        )}
        {groups.map((group) => (
          <Group key={group.id ?? group.displayName} justify="space-between" wrap="nowrap">
            <Text style={{ overflowWrap: "anywhere" }}>{group.displayName ?? "A group that was deleted"}</Text>
            <Group gap="xs" wrap="nowrap">
              {!group.bound && <State tone="quiet">by name</State>}
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Take ${group.displayName ?? "the deleted group"} off`}
                onClick={() => onChange(groups.filter((other) => other !== group))}
              >
                <Icon name="remove" size={16} />
              </ActionIcon>
            </Group>
          </Group>
        ))}
        <Group align="flex-end" wrap="nowrap">
          <div style={{ flex: 1 }}>
            <GroupField
              tenantId={connection.tenantId}
              directoryId={connection.directoryId}
              label="Add a group"
              isLabelShown
              value={name}
              onChange={setName}
            />
          </div>
          <Button variant="default" onClick={() => add(name)} disabled={name.trim() === ""}>
            Add
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
