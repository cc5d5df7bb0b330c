import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, Consent } from "@muster/contract";
import { useChange, useRead } from "../../../api/queries.ts";
import { State, type Tone } from "../../../parts/badge.tsx";
import { CopyField } from "../../../parts/copy-field.tsx";
import { Failure } from "../../../parts/failure.tsx";
import { Guarded } from "../../../parts/guarded.tsx";
import { Loaded } from "../../../parts/states.tsx";
import { When } from "../../../parts/when.tsx";

const EVERY_MS = 3_000;

const STATES: Readonly<Record<Consent["state"], { tone: Tone; word: string }>> = {
  none: { tone: "warn", word: "Nobody has given access yet" },
  asked: { tone: "warn", word: "Asked; the app has not answered yet" },
  given: { tone: "good", word: "Access was given" },
  over: { tone: "bad", word: "The access is over" },
};

/** For apps whose administrator gives access in a browser: how it stands, and the way to ask. */
export function ConsentCard({ connection }: { connection: Connection }) {
  const params = { connectionId: connection.id };
  const isOurs = connection.target.auth.scheme === "oauthAuthorizationCode";
  const consent = useRead(
    "GET /api/v1/connections/{connectionId}/consent",
    { params },
    { everyMs: EVERY_MS, isEnabled: isOurs },
  );
  const begin = useChange("POST /api/v1/connections/{connectionId}/consent");
  if (!isOurs) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Title order={2}>Access to the app</Title>
          <Guarded to="POST /api/v1/connections/{connectionId}/consent">
            <Button variant="default" loading={begin.isPending} onClick={() => begin.mutate({ params })}>
              Ask for access
            </Button>
          </Guarded>
        </Group>
        <Loaded of={consent}>{(read) => <Standing consent={read} />}</Loaded>
        {begin.isError && <Failure error={begin.error} />}
        {begin.data !== undefined && (
          <Stack gap="xs">
            <Text size="sm">
              Open this address in this browser, as an administrator of the app; it ends{" "}
              <When at={begin.data.expiresAt} />.
            </Text>
            <CopyField label="Address" value={begin.data.authorizationUrl} />
            <CopyField label="Redirect URI" value={begin.data.redirectUri} hint="To be registered at the app, once" />
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}

function Standing({ consent }: { consent: Consent }) {
  const { tone, word } = STATES[consent.state];
  return (
    <div>
      <State tone={tone}>{word}</State>
      {consent.givenAt !== null && (
        <Text size="sm" c="dimmed">
          <When at={consent.givenAt} />
          {consent.givenBy === null ? "" : ` by ${consent.givenBy}`}
        </Text>
      )}
      {consent.reason !== null && <Text size="sm">{consent.reason}</Text>}
    </div>
  );
}
