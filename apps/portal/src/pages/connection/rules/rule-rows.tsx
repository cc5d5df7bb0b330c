import { Stack, Text, VisuallyHidden } from "@mantine/core";
import type { App, Connection } from "@muster/contract";
import { useEffect, useRef, useState } from "react";
import { RuleLine } from "./rule-line.tsx";
import type { RuleRow } from "./rules-draft.ts";

type Props = {
  connection: Connection;
  app: App;
  rows: RuleRow[];
  isOrdered: boolean;
  onChange(rows: RuleRow[]): void;
};

/** The rules as rows that can be filled, moved and taken away: by mouse, by touch and by keyboard. */
export function RuleRows({ connection, app, rows, isOrdered, onChange }: Props) {
  const [said, setSaid] = useState("");
  const [dragged, setDragged] = useState<string | null>(null);
  const focus = useRef<string | null>(null);
  // The button that moved a row goes with it, and so does whoever pressed it.
  useEffect(() => {
    if (focus.current !== null) document.getElementById(focus.current)?.focus();
    focus.current = null;
  });
  const edit = (key: string, change: Partial<RuleRow>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...change } : row)));
  const move = (key: string, to: number) => {
    const row = rows.find((one) => one.key === key);
    if (row === undefined || to < 0 || to >= rows.length || rows[to] === row) return;
    const others = rows.filter((other) => other !== row);
    onChange([...others.slice(0, to), row, ...others.slice(to)]);
    setSaid(`Rule for ${nameOf(row)} is now number ${to + 1} of ${rows.length}`);
  };
  const step = (row: RuleRow, from: number, by: -1 | 1) => {
    const to = from + by;
    const isAtEnd = to === 0 || to === rows.length - 1;
    const forth = by === 1 ? "down" : "up";
    focus.current = `${row.key}-${isAtEnd ? (by === 1 ? "up" : "down") : forth}`;
    move(row.key, to);
  };
  return (
    <Stack gap="xs" component="ol" className="plain-list" aria-label="Rules">
      {rows.length === 0 && (
        <li>
          <Text c="dimmed">No rules yet: everybody gets the role of those who are in no group.</Text>
        </li>
      )}
      {rows.map((row, index) => (
        <RuleLine
          key={row.key}
          connection={connection}
          app={app}
          row={row}
          place={index}
          count={rows.length}
          isOrdered={isOrdered}
          isDragged={dragged === row.key}
          onEdit={(change) => edit(row.key, change)}
          onStep={(by) => step(row, index, by)}
          onRemove={() => onChange(rows.filter((other) => other !== row))}
          onDrag={setDragged}
          onDrop={() => dragged !== null && move(dragged, index)}
        />
      ))}
      <VisuallyHidden component="li" aria-live="polite">
        {said}
      </VisuallyHidden>
    </Stack>
  );
}

function nameOf({ kind, text }: RuleRow): string {
  if (kind === "anybody") return "whatever groups";
  return text === "" ? "no group yet" : text;
}
