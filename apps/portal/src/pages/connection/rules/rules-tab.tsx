import { Anchor, Button, Radio, Select, Stack, Switch, Text } from "@mantine/core";
import type { App, Connection, Rules } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../../api/queries.ts";
import { Empty, Loaded } from "../../../parts/states.tsx";
import { Link } from "../../../router.tsx";
import { EditWithPreview } from "../edit/edit-with-preview.tsx";
import { RuleRows } from "./rule-rows.tsx";
import { lackOf, newRow, type RulesDraft, toDraft, toRequest } from "./rules-draft.ts";

/** Which group gives which of the app's roles (SD14). */
export function RulesTab({ connection }: { connection: Connection }) {
  const rules = useRead("GET /api/v1/connections/{connectionId}/rules", { params: { connectionId: connection.id } });
  const app = useRead("GET /api/v1/apps/{appId}", { params: { appId: connection.appId } });
  return (
    <Loaded of={app}>
      {(known) =>
        known.roles.length === 0 ? (
          <Empty title="This app has no roles">
            Roles are registered with the{" "}
            <Anchor component={Link} to="/apps">
              app
            </Anchor>
            ; without any there is nothing to map groups to.
          </Empty>
        ) : (
          <Loaded of={rules}>{(saved) => <Editor connection={connection} app={known} saved={saved} />}</Loaded>
        )
      }
    </Loaded>
  );
}

function Editor({ connection, app, saved }: { connection: Connection; app: App; saved: Rules }) {
  const [draft, setDraft] = useState<RulesDraft>(() => toDraft(saved));
  const save = useChange("PUT /api/v1/connections/{connectionId}/rules");
  const edit = (change: Partial<RulesDraft>) => setDraft((before) => ({ ...before, ...change }));
  const rules = toRequest(draft);
  const isChanged = JSON.stringify(rules) !== JSON.stringify(toRequest(toDraft(saved)));
  const submit = () =>
    save.mutate(
      { params: { connectionId: connection.id }, body: rules },
      { onSuccess: (now) => setDraft(toDraft(now)) },
    );
  return (
    <EditWithPreview
      connection={connection}
      to="PUT /api/v1/connections/{connectionId}/rules"
      proposed={isChanged ? { rules } : null}
      lack={lackOf(draft)}
      onSave={submit}
      onUndo={() => setDraft(toDraft(saved))}
      save={save}
      saved="Saved. Roles follow, for those who are in these groups already, too."
    >
      <RuleRows
        connection={connection}
        app={app}
        rows={draft.rows}
        isOrdered={draft.precedence !== "highest"}
        onChange={(rows) => edit({ rows })}
      />
      <Button
        variant="default"
        onClick={() => edit({ rows: [...draft.rows, newRow()] })}
        style={{ alignSelf: "flex-start" }}
      >
        Add a rule
      </Button>
      <Settings app={app} draft={draft} onEdit={edit} />
    </EditWithPreview>
  );
}

const PRECEDENCES: readonly { value: Rules["precedence"]; label: string }[] = [
  { value: "first", label: "the role of the first rule that fits" },
  { value: "highest", label: "the highest of their roles, in the order of the app's" },
  { value: "all", label: "the roles of all rules that fit, the first one primary" },
];

type SettingsProps = { app: App; draft: RulesDraft; onEdit(change: Partial<RulesDraft>): void };

function Settings({ app, draft, onEdit }: SettingsProps) {
  return (
    <>
      <Radio.Group
        label="Whoever is in several of these groups gets"
        value={draft.precedence}
        onChange={(value) => onEdit({ precedence: PRECEDENCES.find((one) => one.value === value)?.value ?? "first" })}
      >
        <Stack gap="xs" mt="xs">
          {PRECEDENCES.map((one) => (
            <Radio key={one.value} {...one} />
          ))}
        </Stack>
      </Radio.Group>
      {draft.precedence === "highest" && (
        <Text size="sm" c="dimmed">
          From the highest: {app.roles.map((role) => role.name).join(", ")}.
        </Text>
      )}
      <Select
        label="Whoever is in none of them gets"
        placeholder="no role"
        value={draft.defaultRole}
        onChange={(defaultRole) => onEdit({ defaultRole })}
        data={app.roles.map((role) => ({ value: role.key, label: role.name }))}
        clearable
        clearButtonProps={{ "aria-label": "No role" }}
        maw={320}
      />
      <Switch
        label="Roles that the identity provider sends with a person count after the rules"
        checked={draft.personRoles === "declared"}
        onChange={(event) => onEdit({ personRoles: event.currentTarget.checked ? "declared" : "ignored" })}
      />
      <Switch
        label="An administrator may give a role to one person, or take it, whatever the rules say"
        checked={draft.manualRoles === "editable"}
        onChange={(event) => onEdit({ manualRoles: event.currentTarget.checked ? "editable" : "locked" })}
      />
    </>
  );
}
