import { Button, CopyButton, Group, Stack, Text } from "@mantine/core";
import { Icon } from "./icon.tsx";

/** A value to be carried elsewhere, with a button that copies it. */
export function CopyField({ label, value, hint }: { label: string; value: string; hint?: string }) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      <Group gap="xs" align="stretch">
        <div
          className="secret"
          style={{
            flex: "1 1 14rem",
            minWidth: 0,
            padding: "0.5rem 0.75rem",
            border: "1px solid var(--mantine-color-default-border)",
            borderRadius: "var(--mantine-radius-md)",
            background: "var(--mantine-color-default)",
          }}
        >
          {value}
        </div>
        <CopyButton value={value} timeout={2_000}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              h="auto"
              mih={36}
              style={{ flex: "none" }}
              onClick={copy}
              leftSection={<Icon name={copied ? "check" : "copy"} size={16} />}
              aria-label={`${copied ? "Copied" : "Copy"} ${label}`}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
      {hint !== undefined && (
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
      )}
    </Stack>
  );
}
