import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Connection, Mapping, Preview, UserView } from "@muster/contract";
import { useState } from "react";
import { useChange, useList, useRead } from "../../../api/queries.ts";
import { Dialog } from "../../../parts/dialog.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { Loaded } from "../../../parts/states.tsx";
import { EditPreview } from "../edit/edit-preview.tsx";
import { EditWithPreview } from "../edit/edit-with-preview.tsx";
import { type DraftRow, lackOf, newRow, toDraft, toRows } from "./mapping-draft.ts";
import { MappingLine } from "./mapping-line.tsx";
import { PersonPreview } from "./person-preview.tsx";
import { rowErrors, usePreview } from "./use-preview.ts";

/** What goes where in the app's users, with what one person gets beside it. */
export function MappingTab({ connection }: { connection: Connection }) {
  const params = { connectionId: connection.id };
  const mapping = useRead("GET /api/v1/connections/{connectionId}/mapping", { params });
  return <Loaded of={mapping}>{(saved) => <Editor connection={connection} saved={saved} />}</Loaded>;
}

const SOURCES: Readonly<Record<Mapping["source"], string>> = {
  connection: "These rows are this connection's own.",
  app: "These are the rows of the app, for all its connections. Saved here, they become this connection's own.",
  profile: "These rows are known of this kind of app. Saved here, they become this connection's own.",
  product: "Nothing was set: the usual attributes are copied. Saved here, rows become this connection's own.",
};

function Editor({ connection, saved }: { connection: Connection; saved: Mapping }) {
  const [rows, setRows] = useState<DraftRow[]>(() => toDraft(saved));
  const [chosen, setChosen] = useState<UserView | null>(null);
  const first = useFirstPerson(connection);
  const save = useChange("PUT /api/v1/connections/{connectionId}/mapping");
  const request = toRows(rows);
  const isChanged = JSON.stringify(request) !== JSON.stringify(toRows(toDraft(saved)));
  const lack = lackOf(rows);
  const person = chosen ?? first;
  const preview = usePreview(connection.id, person?.id, lack === null ? request : null);
  const errors = rowErrors(save.error ?? preview.error);
  const edit = (key: string, change: Partial<DraftRow>) => {
    save.reset();
    setRows((before) => before.map((row) => (row.key === key ? { ...row, ...change } : row)));
  };
  const mend = (target: string, text: string) => {
    const row = rows.find((one) => one.target === target);
    if (row === undefined) setRows([...rows, { ...newRow(), target, text }]);
    else edit(row.key, { language: "cel", text });
  };
  return (
    <EditWithPreview
      connection={connection}
      to="PUT /api/v1/connections/{connectionId}/mapping"
      proposed={isChanged ? { mapping: { rows: request } } : null}
      lack={lack}
      onSave={() =>
        save.mutate(
          { params: { connectionId: connection.id }, body: { rows: request } },
          { onSuccess: (now) => setRows(toDraft(now)) },
        )
      }
      onUndo={() => setRows(toDraft(saved))}
      save={save}
      saved="Saved. Accounts follow."
      aside={
        <PersonPreview connection={connection} person={person} onChoose={setChosen} preview={preview} onMend={mend} />
      }
    >
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {SOURCES[saved.source]}
        </Text>
        {saved.source === "connection" && <TakeAway connection={connection} onTaken={(now) => setRows(toDraft(now))} />}
      </Group>
      <Stack gap="xs" component="ol" className="plain-list" aria-label="Rows">
        {rows.map((row, place) => (
          <MappingLine
            key={row.key}
            row={row}
            place={place}
            error={errors.get(place) ?? null}
            gives={sayGiven(preview.data, row.target)}
            onEdit={(change) => edit(row.key, change)}
            onRemove={() => setRows(rows.filter((other) => other !== row))}
          />
        ))}
      </Stack>
      <Button variant="default" onClick={() => setRows([...rows, newRow()])} style={{ alignSelf: "flex-start" }}>
        Add a row
      </Button>
    </EditWithPreview>
  );
}

/** Somebody to begin with. */
function useFirstPerson({ tenantId, directoryId }: Connection): UserView | null {
  const { items } = useList("GET /api/v1/tenants/{tenantId}/users", {
    params: { tenantId },
    query: { directoryId, pageSize: 1 },
  });
  return items[0] ?? null;
}

function sayGiven(preview: Preview | undefined, target: string): string | null {
  const derivation = preview?.derivations.find((one) => one.target === target.trim());
  if (derivation === undefined) return null;
  if (derivation.from === "nothing") return "nothing";
  const value = typeof derivation.value === "string" ? derivation.value : JSON.stringify(derivation.value);
  const from = {
    expression: "",
    default: " (the default)",
    applied: " (what the app has)",
    dropped: ", which the app does not take",
  };
  return `${value ?? "nothing"}${from[derivation.from]}`;
}

function TakeAway({ connection, onTaken }: { connection: Connection; onTaken(now: Mapping): void }) {
  const [isOpen, dialog] = useDisclosure(false);
  const save = useChange("PUT /api/v1/connections/{connectionId}/mapping");
  const none = { rows: null };
  const submit = () =>
    save.mutate(
      { params: { connectionId: connection.id }, body: none },
      {
        onSuccess: (now) => {
          onTaken(now);
          dialog.close();
        },
      },
    );
  return (
    <>
      <Guarded to="PUT /api/v1/connections/{connectionId}/mapping">
        <Button variant="default" size="xs" onClick={dialog.open}>
          Take these rows away
        </Button>
      </Guarded>
      <Dialog
        title="Take these rows away"
        action="Take them away"
        isOpen={isOpen}
        onClose={dialog.close}
        onAction={submit}
        isBusy={save.isPending}
        error={save.error}
      >
        <Text size="sm">
          The connection then has the rows of its app, of what is known of such apps, or the usual ones. The history
          keeps these.
        </Text>
        {isOpen && <EditPreview connection={connection} proposed={{ mapping: none }} />}
      </Dialog>
    </>
  );
}
