import { Button, Group, Select, Stack, Text } from "@mantine/core";
import type { App, Connection, ManualRoles } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../api/queries.ts";
import { Actor } from "../../parts/actor.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Loaded } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";

type Effect = "rules" | "grant" | "remove";
const EFFECTS = [
  { value: "rules", label: "as the rules say" },
  { value: "grant", label: "given by hand" },
  { value: "remove", label: "taken by hand" },
] as const;

/** Which of an app's roles one person was given, or had taken, by hand. */
export function ManualRolesView({ connection, userId }: { connection: Connection; userId: string }) {
  const params = { connectionId: connection.id, userId };
  const manual = useRead("GET /api/v1/connections/{connectionId}/accounts/{userId}/roles", { params });
  const app = useRead("GET /api/v1/apps/{appId}", { params: { appId: connection.appId } });
  return (
    <Loaded of={manual}>
      {(saved) => (
        <Loaded of={app}>
          {(read) => <Editor connection={connection} userId={userId} saved={saved} app={read} />}
        </Loaded>
      )}
    </Loaded>
  );
}

type Props = { connection: Connection; userId: string; saved: ManualRoles; app: App };

function Editor({ connection, userId, saved, app }: Props) {
  const before = new Map<string, Effect>(saved.roles.map(({ role, effect }) => [role, effect]));
  const [effects, setEffects] = useState<ReadonlyMap<string, Effect>>(before);
  const put = useChange("PUT /api/v1/connections/{connectionId}/accounts/{userId}/roles");
  const names = new Map(app.roles.map(({ key, name }) => [key, name]));
  const roles = [...new Set([...names.keys(), ...before.keys()])];
  const of = (role: string): Effect => effects.get(role) ?? "rules";
  const isChanged = roles.some((role) => of(role) !== (before.get(role) ?? "rules"));
  const those = (effect: Effect) => roles.filter((role) => of(role) === effect);
  const submit = () =>
    put.mutate({
      params: { connectionId: connection.id, userId },
      body: { grant: those("grant"), remove: those("remove") },
    });
  if (roles.length === 0) return <Text size="sm">This app has no roles.</Text>;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        What is given or taken here stays, whatever the groups of this person say, until it is set back.
      </Text>
      {roles.map((role) => {
        const by = saved.roles.find((one) => one.role === role);
        return (
          <Stack key={role} gap={2}>
            <Select
              label={names.get(role) ?? role}
              value={of(role)}
              data={EFFECTS}
              allowDeselect={false}
              onChange={(value) => setEffects(new Map(effects).set(role, value ?? "rules"))}
            />
            {by !== undefined && (
              <Text size="xs" c="dimmed" className="breakable">
                by <Actor of={by.by} />, <When at={by.at} />
              </Text>
            )}
          </Stack>
        );
      })}
      {put.isError && <Failure error={put.error} />}
      <Group justify="flex-end">
        <Text size="sm" c="dimmed" aria-live="polite">
          {put.isSuccess && !isChanged ? "Saved. The account follows." : ""}
        </Text>
        <Guarded to="PUT /api/v1/connections/{connectionId}/accounts/{userId}/roles">
          <Button onClick={submit} loading={put.isPending} disabled={!isChanged}>
            Save roles
          </Button>
        </Guarded>
      </Group>
    </Stack>
  );
}
