import { Paper, Text } from "@mantine/core";
import { State, type Tone } from "./badge.tsx";

/** How many are in a state; quiet where none is. */
export function CountCard({ count, word, tone }: { count: number; word: string; tone: Tone }) {
  return (
    <Paper withBorder p="sm">
      <Text fz={26} fw={650} lh={1.2}>
        {count.toLocaleString("en")}
      </Text>
      <State tone={count === 0 ? "quiet" : tone}>{word}</State>
    </Paper>
  );
}
