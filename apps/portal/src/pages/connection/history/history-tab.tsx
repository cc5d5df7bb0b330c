import { Button, Group, Table, Text } from "@mantine/core";
import type { Connection, PolicyVersionEntry } from "@muster/contract";
import { useState } from "react";
import { useList } from "../../../api/queries.ts";
import { Actor } from "../../../parts/actor.tsx";
import { DialogFrame } from "../../../parts/dialog.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { ListTable } from "../../../parts/list-table.tsx";
import { Empty, Listed } from "../../../parts/states.tsx";
import { When } from "../../../parts/when.tsx";
import { RestoreDialog } from "./restore-dialog.tsx";
import { RolloutCard } from "./rollout-card.tsx";
import { VersionChanges } from "./version-changes.tsx";

/** Every version of what decides a connection's accounts: what it changed, and the way back to it. */
export function HistoryTab({ connection }: { connection: Connection }) {
  const [shown, setShown] = useState<PolicyVersionEntry | null>(null);
  const [restored, setRestored] = useState<PolicyVersionEntry | null>(null);
  const list = useList("GET /api/v1/connections/{connectionId}/versions", { params: { connectionId: connection.id } });
  const inForce = list.items.find(({ staged }) => !staged);
  return (
    <>
      <RolloutCard connection={connection} />
      <Listed
        list={list}
        empty={
          <Empty title="Nothing was edited yet">
            Each edit of who gets in, of roles and of attributes is kept here as a version that can be restored.
          </Empty>
        }
      >
        {(versions) => (
          <ListTable heads={["Version", "What", "By", "When", "Do"]} minWidth={620}>
            {versions.map((version) => (
              <Table.Tr key={version.id}>
                <Table.Td>{version.number}</Table.Td>
                <Table.Td>
                  <Text size="sm">{sayCause(version.cause)}</Text>
                  {(version === inForce || version.staged) && (
                    <Text size="xs" c="dimmed">
                      {version.staged ? "for some people only" : "in force"}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td className="breakable">
                  <Actor of={version.actor} />
                </Table.Td>
                <Table.Td>
                  <When at={version.at} />
                </Table.Td>
                <Table.Td>
                  <VersionButtons
                    version={version}
                    isInForce={version === inForce}
                    onShow={() => setShown(version)}
                    onRestore={() => setRestored(version)}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Listed>
      <DialogFrame
        title={shown === null ? "" : `What version ${shown.number} changed`}
        isOpen={shown !== null}
        onClose={() => setShown(null)}
        size="xl"
      >
        {shown !== null && <VersionChanges connectionId={connection.id} versionId={shown.id} />}
      </DialogFrame>
      <RestoreDialog connection={connection} version={restored} onClose={() => setRestored(null)} />
    </>
  );
}

type ButtonProps = { version: PolicyVersionEntry; isInForce: boolean; onShow(): void; onRestore(): void };

function VersionButtons({ version, isInForce, onShow, onRestore }: ButtonProps) {
  return (
    <Group gap="xs" wrap="nowrap">
      {version.cause !== "start" && (
        <Button variant="default" size="xs" onClick={onShow} aria-label={`What changed in version ${version.number}`}>
          What changed
        </Button>
      )}
      {!isInForce && (
        <Guarded to="POST /api/v1/connections/{connectionId}/versions/{versionId}/restore">
          <Button variant="default" size="xs" onClick={onRestore} aria-label={`Restore version ${version.number}`}>
            Restore
          </Button>
        </Guarded>
      )}
    </Group>
  );
}

const PARTS: Readonly<Record<string, string>> = {
  assignments: "Who gets in",
  rules: "Groups to roles",
  mapping: "Attributes",
};

// "rules.put", "mapping.put, rules.put", "version.restore: 3", "rollout.drop: 3" or "start", as the API words them; others stay as they are.
function sayCause(cause: string): string {
  if (cause === "start") return "Before the first edit";
  const restored = /^version\.restore: (\d+)$/.exec(cause);
  if (restored !== null) return `Version ${restored[1]} restored`;
  if (cause === "rollout.start") return "Tried out on some people";
  const ended = /^rollout\.(promote|drop): (\d+)$/.exec(cause);
  if (ended !== null) return `Version ${ended[2]} ${ended[1] === "promote" ? "promoted to everybody" : "dropped"}`;
  return cause.replace(/\b(assignments|rules|mapping)\.put\b/g, (word, part: string) => PARTS[part] ?? word);
}
