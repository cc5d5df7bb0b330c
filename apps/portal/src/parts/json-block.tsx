import { Code, Text } from "@mantine/core";

/** A value as JSON, with its name; it can be scrolled by keyboard. */
export function JsonBlock({ of, name, height = 240 }: { of: unknown; name: string; height?: number }) {
  if (of === null || of === undefined) return null;
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Code block mah={height} style={{ overflow: "auto" }} tabIndex={0} role="region" aria-label={name}>
        {JSON.stringify(of, null, 2)}
      </Code>
    </div>
  );
}
