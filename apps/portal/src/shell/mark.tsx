import { Group, Text } from "@mantine/core";

/** The product's mark and name. */
export function Mark() {
  return (
    <Group gap="xs" wrap="nowrap">
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="8" fill="#2b5c8a" />
        <path
          d="M8 22V11l8 7 8-7v11"
          fill="none"
          stroke="#fff"
          strokeWidth="3"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <Text fw={700} size="lg" component="span">
        Muster
      </Text>
    </Group>
  );
}
