import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "quiet";

/** A state in a word, with a dot of its colour: the word alone says it (WCAG 1.4.1). */
export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <Group gap={6} wrap="nowrap" display="inline-flex">
      <span
        aria-hidden="true"
        style={{ width: 9, height: 9, borderRadius: 9, background: `var(--${tone})`, flex: "none" }}
      />
      <Text component="span" size="sm" style={{ color: `var(--${tone})` }} fw={500}>
        {children}
      </Text>
    </Group>
  );
}
