import { Group, Select, TextInput } from "@mantine/core";
import type { ConnectorList } from "@muster/contract";

type Props = {
  name: string;
  profile: string | null;
  connectors: ConnectorList;
  onName(name: string): void;
  onProfile(key: string | null): void;
};

/** What a connection is called, and which app it goes to as far as that is known. */
export function NameFields({ name, profile, connectors, onName, onProfile }: Props) {
  return (
    <Group gap="md" align="flex-end">
      <TextInput
        label="Name"
        placeholder="The app's name"
        value={name}
        onChange={(event) => onName(event.currentTarget.value)}
        maxLength={200}
        style={{ flex: "1 1 14rem" }}
      />
      <Select
        label="What it is"
        placeholder="Any SCIM 2.0 app"
        value={profile}
        onChange={onProfile}
        data={connectors.profiles.map(({ key, title }) => ({ value: key, label: title }))}
        searchable
        clearable
        clearButtonProps={{ "aria-label": "Any app" }}
        style={{ flex: "1 1 14rem" }}
      />
    </Group>
  );
}
