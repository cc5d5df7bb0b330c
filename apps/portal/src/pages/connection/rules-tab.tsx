import { Anchor, Button, Group, Radio, Select, Stack, Text } from "@mantine/core";
import type { App, Connection, PutRulesRequest, Rules } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../api/queries.ts";
import { Failure } from "../../parts/failure.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { Link } from "../../router.tsx";
import { newRow, type RuleRow, RuleRows } from "./rule-rows.tsx";

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

type Draft = { precedence: Rules["precedence"]; defaultRole: string | null; rows: RuleRow[] };

function Editor({ connection, app, saved }: { connection: Connection; app: App; saved: Rules }) {
  const [draft, setDraft] = useState<Draft>(() => toDraft(saved));
  const save = useChange("PUT /api/v1/connections/{connectionId}/rules");
  const edit = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const body = toRequest(draft);
  const isChanged = JSON.stringify(body) !== JSON.stringify(toRequest(toDraft(saved)));
  const isWhole = draft.rows.every((row) => row.group.trim() !== "" && row.role !== null);
  const submit = () =>
    save.mutate({ params: { connectionId: connection.id }, body }, { onSuccess: (now) => setDraft(toDraft(now)) });
  return (
    <Stack maw={820} gap="lg">
      <RuleRows
        connection={connection}
        app={app}
        rows={draft.rows}
        isOrdered={draft.precedence === "first"}
        onChange={(rows) => edit({ rows })}
      />
      <Button
        variant="default"
        onClick={() => edit({ rows: [...draft.rows, newRow()] })}
        style={{ alignSelf: "flex-start" }}
      >
        Add a rule
      </Button>
      <Radio.Group
        label="Whoever is in several of these groups gets"
        value={draft.precedence}
        onChange={(value) => edit({ precedence: value === "all" ? "all" : "first" })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="first" label="the role of the first rule that fits" />
          <Radio value="all" label="the roles of all rules that fit" />
        </Stack>
      </Radio.Group>
      <Select
        label="Whoever is in none of them gets"
        placeholder="no role"
        value={draft.defaultRole}
        onChange={(defaultRole) => edit({ defaultRole })}
        data={app.roles.map((role) => ({ value: role.key, label: role.name }))}
        clearable
        clearButtonProps={{ "aria-label": "No role" }}
        maw={320}
      />
      {save.isError && <Failure error={save.error} />}
      <Group>
        <Button onClick={submit} loading={save.isPending} disabled={!isChanged || !isWhole}>
          Save
        </Button>
        <Text size="sm" c="dimmed" aria-live="polite">
          {save.isSuccess && !isChanged ? "Saved. Roles follow, for those who are in these groups already, too." : ""}
          {isChanged && !isWhole ? "Choose a group and a role in each rule." : ""}
        </Text>
      </Group>
    </Stack>
  );
}

function toDraft({ precedence, defaultRole, rules }: Rules): Draft {
  const rows = rules.map(({ group, role }) => ({
    ...newRow(),
    // A rule about a pattern or a condition alone has no name here: such rules are shown, and cannot be saved over.
    group: group?.displayName ?? "",
    known: group === null || group.id === null ? null : { id: group.id, name: group.displayName ?? "" },
    role,
  }));
  return { precedence, defaultRole, rows };
}

// A group that was chosen before keeps its id, whatever it is called by now; one that was typed goes by its name.
function toRequest({ precedence, defaultRole, rows }: Draft): PutRulesRequest {
  const rules = rows.map(({ group, known, role }) => ({
    group: known !== null && known.name === group ? { id: known.id } : { displayName: group.trim() },
    role: role ?? "",
  }));
  return { precedence, defaultRole, rules };
}
