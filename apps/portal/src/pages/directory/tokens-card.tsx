import { Button, Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import type { DirectoryToken } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { CopyField } from "../../parts/copy-field.tsx";
import { Dialog, DialogFrame } from "../../parts/dialog.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";

type Where = { tenantId: string; directoryId: string };
type Act = { kind: "replace" | "revoke"; token: DirectoryToken };

const SHOWN_MS = 15_000;

/** The tokens of a directory: when they end, when they were used, and the ways to replace or end them. */
export function TokensCard(params: Where) {
  const list = useList(
    "GET /api/v1/tenants/{tenantId}/directories/{directoryId}/tokens",
    { params },
    { everyMs: SHOWN_MS },
  );
  const [act, setAct] = useState<Act | null>(null);
  const [fresh, setFresh] = useState<string | null>(null);
  const live = list.items.filter((token) => token.revokedAt === null && !isOver(token));
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2}>Tokens</Title>
          {live.length === 0 && list.query.isSuccess && <NewToken where={params} onMade={setFresh} />}
        </Group>
        <Listed list={{ ...list, items: live }} empty={<Text size="sm">No token opens this directory any more.</Text>}>
          {(tokens) => tokens.map((token) => <TokenLine key={token.id} token={token} onAct={setAct} />)}
        </Listed>
      </Stack>
      <ReplaceDialog where={params} act={act} onClose={() => setAct(null)} onMade={setFresh} />
      <RevokeDialog where={params} act={act} onClose={() => setAct(null)} />
      <DialogFrame title="The new token" isOpen={fresh !== null} onClose={() => setFresh(null)} size="lg">
        <Stack>
          <CopyField label="Token" value={fresh ?? ""} />
          <Text size="sm">It is shown this once. Enter it at the identity provider before the old one ends.</Text>
          <Button onClick={() => setFresh(null)} style={{ alignSelf: "flex-end" }}>
            I have copied it
          </Button>
        </Stack>
      </DialogFrame>
    </Paper>
  );
}

function isOver({ expiresAt }: DirectoryToken): boolean {
  return expiresAt !== null && new Date(expiresAt).getTime() <= Date.now();
}

function TokenLine({ token, onAct }: { token: DirectoryToken; onAct(act: Act): void }) {
  return (
    <Group justify="space-between" align="flex-start" gap="xs">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600}>
          {token.kind === "client" ? "OAuth client" : "Token"} …{token.last4 ?? token.id}
        </Text>
        <Text size="sm" c="dimmed">
          Used <When at={token.lastUsedAt} />
          {token.lastUsedFrom === null ? "" : ` from ${token.lastUsedFrom}`}
        </Text>
        <Text size="sm" c="dimmed">
          Ends <When at={token.expiresAt} />
        </Text>
        {token.lastUsedAt === null && <State tone="quiet">Not used yet</State>}
      </div>
      <Group gap={6}>
        {token.kind === "bearer" && (
          <Guarded to="POST /api/v1/tenants/{tenantId}/directories/{directoryId}/tokens">
            <Button size="xs" variant="default" onClick={() => onAct({ kind: "replace", token })}>
              Replace
            </Button>
          </Guarded>
        )}
        <Guarded to="DELETE /api/v1/tenants/{tenantId}/directories/{directoryId}/tokens/{tokenId}">
          <Button size="xs" variant="default" onClick={() => onAct({ kind: "revoke", token })}>
            Revoke
          </Button>
        </Guarded>
      </Group>
    </Group>
  );
}

const CREATE = "POST /api/v1/tenants/{tenantId}/directories/{directoryId}/tokens";

function NewToken({ where, onMade }: { where: Where; onMade(token: string): void }) {
  const create = useChange(CREATE);
  const make = () => create.mutate({ params: where, body: {} }, { onSuccess: (made) => onMade(made.bearerToken) });
  return (
    <Guarded to={CREATE}>
      <Button size="xs" onClick={make} loading={create.isPending}>
        New token
      </Button>
    </Guarded>
  );
}

type ActProps = { where: Where; act: Act | null; onClose(): void };

function ReplaceDialog({ where, act, onClose, onMade }: ActProps & { onMade(token: string): void }) {
  const [hours, setHours] = useState("24");
  const create = useChange(CREATE);
  const close = () => {
    onClose();
    create.reset();
  };
  const replace = () => {
    const body = { replaces: act?.token.id ?? "", overlapHours: Number(hours) };
    create.mutate(
      { params: where, body },
      {
        onSuccess: (made) => {
          close();
          onMade(made.bearerToken);
        },
      },
    );
  };
  return (
    <Dialog
      title="Replace the token"
      action="Make a new token"
      isOpen={act?.kind === "replace"}
      onClose={close}
      onAction={replace}
      isBusy={create.isPending}
      error={create.error}
    >
      <Text size="sm">
        The new one works at once. The old one, …{act?.token.last4}, goes on working for a while, so that nothing is
        missed meanwhile.
      </Text>
      <Select
        label="The old token works for another"
        value={hours}
        onChange={(value) => setHours(value ?? "24")}
        allowDeselect={false}
        data={[
          { value: "0", label: "no moment: it ends now" },
          { value: "1", label: "hour" },
          { value: "24", label: "day" },
          { value: "168", label: "week" },
        ]}
      />
    </Dialog>
  );
}

function RevokeDialog({ where, act, onClose }: ActProps) {
  const revoke = useChange("DELETE /api/v1/tenants/{tenantId}/directories/{directoryId}/tokens/{tokenId}");
  const close = () => {
    onClose();
    revoke.reset();
  };
  return (
    <Dialog
      title="Revoke the token"
      action="Revoke"
      isDangerous
      isOpen={act?.kind === "revoke"}
      onClose={close}
      onAction={() => revoke.mutate({ params: { ...where, tokenId: act?.token.id ?? "" } }, { onSuccess: close })}
      isBusy={revoke.isPending}
      error={revoke.error}
    >
      <Text size="sm">
        Whoever uses …{act?.token.last4} is refused within a second, the identity provider included. People and groups
        stay as they are.
      </Text>
    </Dialog>
  );
}
