import { ActionIcon, Group, MultiSelect, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import type { Connection } from "@muster/contract";
import { useState } from "react";
import { useList, useRead } from "../../../api/queries.ts";
import { Icon } from "../../../parts/icon.tsx";

const PAUSE_MS = 200;
const OFFERED = 20;

type Props = { connection: Connection; chosen: string[]; onChange(ids: string[]): void };

/** The groups that are pushed to the app where they are chosen one by one: named here, kept by id, so a rename loses none. */
export function ChosenGroups({ connection, chosen, onChange }: Props) {
  const { tenantId, directoryId } = connection;
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), PAUSE_MS);
  const query = { directoryId, pageSize: OFFERED, ...(search === "" ? {} : { search }) };
  const { items } = useList("GET /api/v1/tenants/{tenantId}/groups", { params: { tenantId }, query });
  const offered = items.filter(({ id }) => !chosen.includes(id));
  return (
    <Stack gap="xs">
      <MultiSelect
        label="Groups to push"
        placeholder="Name of a group"
        searchable
        searchValue={text}
        onSearchChange={setText}
        value={[]}
        onChange={(ids) => onChange([...chosen, ...ids])}
        data={offered.map(({ id, displayName }) => ({ value: id, label: displayName }))}
        filter={({ options }) => options}
        nothingFoundMessage="No other group's name begins so"
        maxLength={200}
      />
      {chosen.length === 0 && (
        <Text size="sm" c="dimmed">
          None yet: no group is pushed.
        </Text>
      )}
      {chosen.map((id) => (
        <ChosenGroup
          key={id}
          tenantId={tenantId}
          groupId={id}
          onRemove={() => onChange(chosen.filter((other) => other !== id))}
        />
      ))}
    </Stack>
  );
}

function ChosenGroup({ tenantId, groupId, onRemove }: { tenantId: string; groupId: string; onRemove(): void }) {
  const group = useRead("GET /api/v1/tenants/{tenantId}/groups/{groupId}", { params: { tenantId, groupId } });
  const name = group.data?.displayName ?? (group.isError ? "A group that is gone" : "…");
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm" className="breakable">
        {name}
      </Text>
      <ActionIcon variant="subtle" color="gray" onClick={onRemove} aria-label={`Push ${name} no more`}>
        <Icon name="remove" size={16} />
      </ActionIcon>
    </Group>
  );
}
