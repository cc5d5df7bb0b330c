import { ActionIcon, Group, Paper, Select, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { App, Connection } from "@muster/contract";
import { useEffect, useRef, useState } from "react";
import { GroupField } from "../../parts/group-field.tsx";
import { Icon } from "../../parts/icon.tsx";

export type RuleRow = {
  /** Of this row in this page, so that it keeps its fields when it moves. */
  key: string;
  group: string;
  known: { id: string; name: string } | null;
  role: string | null;
};

/** A rule that says nothing yet. */
export const newRow = (): RuleRow => ({ key: crypto.randomUUID(), group: "", known: null, role: null });

type Props = {
  connection: Connection;
  app: App;
  rows: RuleRow[];
  isOrdered: boolean;
  onChange(rows: RuleRow[]): void;
};

/** The rules as rows that can be filled, moved and taken away, all by keyboard as well. */
export function RuleRows({ connection, app, rows, isOrdered, onChange }: Props) {
  const [said, setSaid] = useState("");
  const focus = useRef<string | null>(null);
  // The button that moved a row goes with it, and so does whoever pressed it.
  useEffect(() => {
    if (focus.current !== null) document.getElementById(focus.current)?.focus();
    focus.current = null;
  });
  const edit = (key: string, change: Partial<RuleRow>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...change } : row)));
  const move = (from: number, by: -1 | 1) => {
    const row = rows[from];
    if (row === undefined || rows[from + by] === undefined) return;
    const others = rows.filter((other) => other !== row);
    onChange([...others.slice(0, from + by), row, ...others.slice(from + by)]);
    const isAtEnd = from + by === 0 || from + by === rows.length - 1;
    focus.current = `${row.key}-${isAtEnd ? (by === 1 ? "up" : "down") : by === 1 ? "down" : "up"}`;
    setSaid(
      `Rule for ${row.group === "" ? "no group yet" : row.group} is now number ${from + by + 1} of ${rows.length}`,
    );
  };
  return (
    <Stack gap="xs" component="ol" className="plain-list" aria-label="Rules">
      {rows.length === 0 && (
        <li>
          <Text c="dimmed">No rules yet: everybody gets the role of those who are in no group.</Text>
        </li>
      )}
      {rows.map((row, index) => (
        <li key={row.key}>
          <Paper withBorder p="sm">
            <Group gap="sm" align="center">
              <Text fw={600} c="dimmed" w={24} ta="center" aria-hidden="true">
                {isOrdered ? index + 1 : "•"}
              </Text>
              <div style={{ flex: "1 1 12rem" }}>
                <GroupField
                  tenantId={connection.tenantId}
                  directoryId={connection.directoryId}
                  label={`Group of rule ${index + 1}`}
                  value={row.group}
                  onChange={(group) => edit(row.key, { group })}
                />
              </div>
              <Text size="sm" c="dimmed">
                gives
              </Text>
              <Select
                aria-label={`Role of rule ${index + 1}`}
                placeholder="a role"
                value={row.role}
                onChange={(role) => edit(row.key, { role })}
                data={app.roles.map((role) => ({ value: role.key, label: role.name }))}
                allowDeselect={false}
                style={{ flex: "1 1 9rem" }}
              />
              <RowButtons
                row={row}
                place={index}
                count={rows.length}
                isOrdered={isOrdered}
                onMove={(by) => move(index, by)}
                onRemove={() => onChange(rows.filter((other) => other !== row))}
              />
            </Group>
          </Paper>
        </li>
      ))}
      <VisuallyHidden component="li" aria-live="polite">
        {said}
      </VisuallyHidden>
    </Stack>
  );
}

type ButtonProps = {
  row: RuleRow;
  place: number;
  count: number;
  isOrdered: boolean;
  onMove(by: -1 | 1): void;
  onRemove(): void;
};

function RowButtons({ row, place, count, isOrdered, onMove, onRemove }: ButtonProps) {
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
            onClick={() => onMove(-1)}
          >
            <Icon name="up" />
          </ActionIcon>
          <ActionIcon
            {...looks}
            id={`${row.key}-down`}
            aria-label={`Move rule ${place + 1} down`}
            disabled={place === count - 1}
            onClick={() => onMove(1)}
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
