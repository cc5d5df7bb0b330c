import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, ConnectionSettings, ConnectorList } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../../api/queries.ts";
import { Failure } from "../../../parts/failure.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { Loaded } from "../../../parts/states.tsx";
import { ProfileFacts } from "../target/profile-facts.tsx";
import { TargetCard } from "../target/target-card.tsx";
import { useConnectors } from "../target/use-connectors.ts";
import { ConsentCard } from "./consent-card.tsx";
import { DisconnectCard } from "./disconnect-card.tsx";
import { DryRunCard } from "./dry-run-card.tsx";
import { LockoutCard } from "./lockout-card.tsx";
import { NameFields } from "./name-fields.tsx";
import { ProbeCard } from "./probe-card.tsx";
import { SettingFields } from "./setting-fields.tsx";

/** Where a connection goes, what it may do there, what it would do now, and the way out of it. */
export function SettingsTab({ connection }: { connection: Connection }) {
  const connectors = useConnectors();
  return (
    <Loaded of={connectors}>
      {(known) => (
        <Stack gap="lg" maw={820}>
          <TargetCard connection={connection} connectors={known} />
          <ConsentCard connection={connection} />
          <ProbeCard connection={connection} />
          <DryRunCard connection={connection} />
          <Editor connection={connection} connectors={known} />
          <LockoutCard connection={connection} />
          <DisconnectCard connection={connection} />
        </Stack>
      )}
    </Loaded>
  );
}

type Draft = { name: string; profile: string | null; settings: ConnectionSettings };
const toDraft = ({ name, profile, settings }: Connection): Draft => ({ name: name ?? "", profile, settings });

function Editor({ connection, connectors }: { connection: Connection; connectors: ConnectorList }) {
  const [draft, setDraft] = useState<Draft>(() => toDraft(connection));
  const change = useChange("PATCH /api/v1/connections/{connectionId}");
  const saved = toDraft(connection);
  const body = changesOf(saved, draft);
  const isChanged = Object.keys(body).length > 0;
  const profile = connectors.profiles.find(({ key }) => key === draft.profile);
  const submit = () =>
    change.mutate({ params: { connectionId: connection.id }, body }, { onSuccess: (now) => setDraft(toDraft(now)) });
  return (
    <Paper withBorder p="md">
      <Stack gap="lg">
        <Title order={2}>What it may do, and how</Title>
        <NameFields
          name={draft.name}
          profile={draft.profile}
          connectors={connectors}
          onName={(name) => setDraft({ ...draft, name })}
          onProfile={(key) => setDraft({ ...draft, profile: key })}
        />
        {profile !== undefined && <ProfileFacts profile={profile} />}
        <SettingFields
          connection={connection}
          settings={draft.settings}
          onEdit={(edit) => setDraft({ ...draft, settings: { ...draft.settings, ...edit } })}
        />
        {change.isError && <Failure error={change.error} />}
        <Group>
          <Guarded to="PATCH /api/v1/connections/{connectionId}">
            <Button onClick={submit} loading={change.isPending} disabled={!isChanged}>
              Save
            </Button>
          </Guarded>
          {isChanged && (
            <Button variant="default" onClick={() => setDraft(saved)}>
              Undo
            </Button>
          )}
          <Text size="sm" c="dimmed" aria-live="polite">
            {change.isSuccess && !isChanged ? "Saved." : ""}
          </Text>
        </Group>
      </Stack>
    </Paper>
  );
}

// Only what was changed is sent, so that what somebody else changed meanwhile stays.
function changesOf(saved: Draft, draft: Draft) {
  const settings = Object.entries(draft.settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(saved.settings[name as keyof ConnectionSettings]),
  );
  const name = draft.name.trim();
  return {
    ...(name === saved.name || name === "" ? {} : { name }),
    ...(draft.profile === saved.profile ? {} : { profile: draft.profile }),
    ...(settings.length === 0 ? {} : { settings: Object.fromEntries(settings) }),
  };
}
