import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Icon } from "../../parts/icon.tsx";

type RoleRow = { id: number; key: string; name: string };

/** Registers an app with its roles. */
export function NewAppDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const [name, setName] = useState("");
  const [rows, setRows] = useState<RoleRow[]>([{ id: 0, key: "", name: "" }]);
  const create = useChange("POST /api/v1/apps");
  const close = () => {
    onClose();
    create.reset();
    setName("");
    setRows([{ id: 0, key: "", name: "" }]);
  };
  const roles = rows
    .filter((row) => row.name.trim() !== "" || row.key.trim() !== "")
    .map((row) => ({ key: row.key.trim() || toKey(row.name), name: row.name.trim() || row.key.trim() }));
  return (
    <Dialog
      title="New app"
      action="Register app"
      isOpen={isOpen}
      onClose={close}
      onAction={() => create.mutate({ body: { name: name.trim(), roles } }, { onSuccess: close })}
      isBusy={create.isPending}
      isReady={name.trim() !== ""}
      error={create.error}
    >
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        required
        withAsterisk={false}
      />
      <RoleRows rows={rows} onChange={setRows} />
    </Dialog>
  );
}

function RoleRows({ rows, onChange }: { rows: RoleRow[]; onChange(rows: RoleRow[]): void }) {
  const edit = (id: number, change: Partial<RoleRow>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...change } : row)));
  const add = () => onChange([...rows, { id: Math.max(-1, ...rows.map((row) => row.id)) + 1, key: "", name: "" }]);
  return (
    <Stack gap="xs" component="fieldset" bd={0} p={0} m={0}>
      <Text component="legend" size="sm" fw={600} p={0}>
        Roles
      </Text>
      <Text size="xs" c="dimmed">
        Groups are mapped to these. The key is what reaches the app; left empty, it is made from the name.
      </Text>
      {rows.map((row, index) => (
        <Group key={row.id} gap="xs" wrap="nowrap">
          <TextInput
            aria-label={`Name of role ${index + 1}`}
            placeholder="Administrator"
            value={row.name}
            onChange={(event) => edit(row.id, { name: event.currentTarget.value })}
            style={{ flex: 1 }}
          />
          <TextInput
            aria-label={`Key of role ${index + 1}`}
            placeholder={row.name.trim() === "" ? "administrator" : toKey(row.name)}
            value={row.key}
            onChange={(event) => edit(row.id, { key: event.currentTarget.value })}
            style={{ flex: 1 }}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Remove role ${index + 1}`}
            onClick={() => onChange(rows.filter((other) => other.id !== row.id))}
          >
            <Icon name="remove" size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Button variant="default" size="xs" onClick={add} style={{ alignSelf: "flex-start" }}>
        Add a role
      </Button>
    </Stack>
  );
}

/** What can be a role's key, of its name. */
function toKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
