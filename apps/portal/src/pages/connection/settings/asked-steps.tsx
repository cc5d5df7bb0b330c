import { Checkbox, Group, Stack, Text } from "@mantine/core";
import type { ConnectionSettings } from "@muster/contract";

const ASKED = {
  create: "Giving access",
  update: "Changing an account",
  deactivate: "Ending access",
  delete: "Deleting an account",
} as const;

type Props = { approvals: ConnectionSettings["approvals"]; onEdit(change: Partial<ConnectionSettings>): void };

/** Which steps are taken only once somebody approves them. */
export function AskedSteps({ approvals, onEdit }: Props) {
  const choose = (values: string[]) =>
    onEdit({ approvals: (Object.keys(ASKED) as (keyof typeof ASKED)[]).filter((name) => values.includes(name)) });
  return (
    <Stack gap={6}>
      <Checkbox.Group label="Somebody has to approve" value={approvals} onChange={choose}>
        <Group gap="lg" mt={6}>
          {Object.entries(ASKED).map(([value, label]) => (
            <Checkbox key={value} value={value} label={label} />
          ))}
        </Group>
      </Checkbox.Group>
      {approvals.includes("deactivate") && (
        <Text size="sm" style={{ color: "var(--warn)" }}>
          Leavers keep their access to this app until somebody approves each of them.
        </Text>
      )}
    </Stack>
  );
}
