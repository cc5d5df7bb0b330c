import { ActionIcon, Anchor, Group, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import type { App, Connection } from "@muster/contract";
import { GroupField } from "../../../parts/group-field.tsx";
import { Icon } from "../../../parts/icon.tsx";
import type { RuleKind, RuleRow } from "./rules-draft.ts";

const KINDS: readonly { value: RuleKind; label: string }[] = [
  { value: "group", label: "Group" },
  { value: "prefix", label: "Groups that begin with" },
  { value: "glob", label: "Groups like" },
  { value: "anybody", label: "Whatever the groups" },
];

type Props = {
  connection: Connection;
  app: App;
  row: RuleRow;
  place: number;
  count: number;
  isOrdered: boolean;
  isDragged: boolean;
  onEdit(change: Partial<RuleRow>): void;
  onStep(by: -1 | 1): void;
  onRemove(): void;
  /** The key of the row that is being dragged, or null when that is over. */
  onDrag(key: string | null): void;
  onDrop(): void;
};

/** One rule: whom it is about, what must be true as well, and which role they get. */
export function RuleLine(props: Props) {
  const { app, row, place, isOrdered, isDragged, onEdit, onDrag, onDrop } = props;
  return (
    <Paper
      component="li"
      withBorder
      p="sm"
      opacity={isDragged ? 0.5 : 1}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        onDrop();
      }}
    >
      <Group gap="sm" align="flex-start">
        {isOrdered && (
          <span
            className="grip"
            draggable
            title="Drag to move"
            aria-hidden="true"
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = "move";
              event.dataTransfer.setData("text/plain", row.key);
              const line = event.currentTarget.closest("li");
              if (line !== null) event.dataTransfer.setDragImage(line, 16, 16);
              onDrag(row.key);
            }}
            onDragEnd={() => onDrag(null)}
          >
            <Icon name="grip" size={16} /> {place + 1}
          </span>
        )}
        <Stack gap={6} style={{ flex: "3 1 15rem" }}>
          <Subject {...props} />
          <Condition row={row} place={place} onEdit={onEdit} />
        </Stack>
        <Group gap="sm" wrap="nowrap" style={{ flex: "2 1 11rem" }}>
          <Text size="sm" c="dimmed">
            gives
          </Text>
          <Select
            aria-label={`Role of rule ${place + 1}`}
            placeholder="a role"
            value={row.role}
            onChange={(role) => onEdit({ role })}
            data={app.roles.map((role) => ({ value: role.key, label: role.name }))}
            allowDeselect={false}
            flex={1}
          />
        </Group>
        <RowButtons {...props} />
      </Group>
    </Paper>
  );
}

function Subject({ connection, row, place, onEdit }: Props) {
  const { kind, text, hint } = row;
  const change = (value: string) => onEdit({ text: value, hint: null });
  return (
    <div>
      <Group gap="xs" align="flex-start">
        <Select
          aria-label={`What rule ${place + 1} is about`}
          value={kind}
          onChange={(value) => onEdit({ kind: KINDS.find((one) => one.value === value)?.value ?? "group", hint: null })}
          data={KINDS}
          allowDeselect={false}
          style={{ flex: "1 1 9rem" }}
        />
        {kind === "group" && (
          <div style={{ flex: "2 1 10rem" }}>
            <GroupField
              tenantId={connection.tenantId}
              directoryId={connection.directoryId}
              label={`Group of rule ${place + 1}`}
              value={text}
              onChange={change}
            />
          </div>
        )}
        {(kind === "prefix" || kind === "glob") && (
          <TextInput
            aria-label={`Pattern of rule ${place + 1}`}
            placeholder={kind === "prefix" ? "Ledger-" : "*-admins"}
            value={text}
            onChange={(event) => change(event.currentTarget.value)}
            maxLength={200}
            style={{ flex: "2 1 10rem" }}
          />
        )}
      </Group>
      {hint !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          {hint}
        </Text>
      )}
    </div>
  );
}

function Condition({ row, place, onEdit }: Pick<Props, "row" | "place" | "onEdit">) {
  if (row.condition === undefined && row.kind !== "anybody")
    return (
      <Anchor component="button" type="button" size="xs" onClick={() => onEdit({ condition: "" })} ta="left">
        Add a condition
      </Anchor>
    );
  return (
    <TextInput
      aria-label={`Condition of rule ${place + 1}`}
      placeholder='enterprise.department == "Sales"'
      value={row.condition ?? ""}
      onChange={(event) => onEdit({ condition: event.currentTarget.value })}
      leftSection={
        <Text size="xs" c="dimmed">
          where
        </Text>
      }
      leftSectionWidth={52}
      classNames={{ input: "secret" }}
      maxLength={4000}
    />
  );
}

function RowButtons({ row, place, count, isOrdered, onStep, onRemove }: Props) {
  const looks = { variant: "subtle", color: "gray" } as const;
  return (
    <Group gap={2} wrap="nowrap" ml="auto">
      {isOrdered && (
        <>
          <ActionIcon
            {...looks}
            id={`${row.key}-up`}
            aria-label={`Move rule ${place + 1} up`}
            disabled={place === 0}
            onClick={() => onStep(-1)}
          >
            <Icon name="up" />
          </ActionIcon>
          <ActionIcon
            {...looks}
            id={`${row.key}-down`}
            aria-label={`Move rule ${place + 1} down`}
            disabled={place === count - 1}
            onClick={() => onStep(1)}
          >
            <Icon name="down" />
          </ActionIcon>
        </>
      )}
      <ActionIcon {...looks} aria-label={`Remove rule ${place + 1}`} onClick={onRemove}>
        <Icon name="remove" size={16} />
      </ActionIcon>
    </Group>
  );
}
