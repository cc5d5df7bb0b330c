import { Stack, Text, Title } from "@mantine/core";
import type { AttemptDetail } from "@muster/contract";
import { JsonBlock } from "../../parts/json-block.tsx";

/** What went over the wire in an attempt, masked. */
export function Exchanges({ of }: { of: AttemptDetail["exchanges"] }) {
  if (of === null)
    return (
      <Text size="sm" c="dimmed">
        What went over the wire was not kept.
      </Text>
    );
  return of.map((exchange) => (
    <Stack gap={4} key={`${exchange.method} ${exchange.path} ${JSON.stringify(exchange.body)}`}>
      <Title order={3} className="secret">
        {exchange.method} {exchange.path} → {exchange.status ?? "no answer"}
      </Title>
      <JsonBlock of={exchange.body} name="Sent" />
      <JsonBlock of={exchange.answer} name="Answered" />
    </Stack>
  ));
}
