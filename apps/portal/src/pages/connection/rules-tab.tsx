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

type Draft = Omit<Rules, "rules"> & { rows: RuleRow[] };

const PRECEDENCES: readonly { value: Rules["precedence"]; label: string }[] = [
  { value: "first", label: "the role of the first rule that fits" },
  { value: "highest", label: "the highest of their roles, in the order of the app's" },
  { value: "all", label: "the roles of all rules that fit" },
];

function Editor({ connection, app, saved }: { connection: Connection; app: App; saved: Rules }) {
  const [draft, setDraft] = useState<Draft>(() => toDraft(saved));
  const save = useChange("PUT /api/v1/connections/{connectionId}/rules");
  const edit = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const body = toRequest(draft);
  const isChanged = JSON.stringify(body) !== JSON.stringify(toRequest(toDraft(saved)));
  const isWhole = draft.rows.every((row) => (row.fixed !== null || row.group.trim() !== "") && row.role !== null);
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
        onChange={(value) => edit({ precedence: PRECEDENCES.find((one) => one.value === value)?.value ?? "first" })}
      >
        <Stack gap="xs" mt="xs">
          {PRECEDENCES.map((one) => (
            <Radio key={one.value} {...one} />
          ))}
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

function toDraft({ rules, ...settings }: Rules): Draft {
  const rows = rules.map(({ group, role, condition }) => ({
    ...newRow(),
    group: group?.displayName ?? "",
    known: group === null || group.id === null ? null : { id: group.id, name: group.displayName ?? "" },
    role,
    fixed: toFixed(group),
    condition,
  }));
  return { ...settings, rows };
}

function toFixed(group: Rules["rules"][number]["group"]): RuleRow["fixed"] {
  if (group === null) return "conditionAlone";
  if (group.prefix !== undefined) return { prefix: group.prefix };
  return group.glob === undefined ? null : { glob: group.glob };
}

// A group that was chosen before keeps its id, whatever it is called by now; one that was typed goes by its name.
function toRequest({ rows, ...settings }: Draft): PutRulesRequest {
  const rules = rows.map(({ group, known, role, fixed, condition }) => {
    const named = known !== null && known.name === group ? { id: known.id } : { displayName: group.trim() };
    return {
      ...(fixed === "conditionAlone" ? {} : { group: fixed ?? named }),
      role: role ?? "",
      ...(condition === undefined ? {} : { condition }),
    };
  });
  return { ...settings, rules };
}
