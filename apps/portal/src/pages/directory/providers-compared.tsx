import { Table, Text, Title } from "@mantine/core";
import type { Travels } from "../../guides/guide.ts";
import { guides } from "../../guides/guides.ts";
import { State, type Tone } from "../../parts/badge.tsx";
import { ListTable } from "../../parts/list-table.tsx";

const WHEN: Readonly<Record<Travels["changes"]["when"], { tone: Tone; word: string }>> = {
  atOnce: { tone: "good", word: "Real time" },
  inRounds: { tone: "warn", word: "In rounds" },
  asSet: { tone: "quiet", word: "Depends on it" },
};
const REMOVALS: Readonly<Record<Travels["removals"]["travel"], { tone: Tone; word: string }>> = {
  yes: { tone: "good", word: "Travel" },
  asSet: { tone: "quiet", word: "As it is set there" },
};

/** The providers side by side: how soon a change arrives, and what becomes of who leaves (SA3). */
export function ProvidersCompared() {
  return (
    <section aria-labelledby="compared">
      <Title order={2} id="compared" mb="xs">
        How they differ
      </Title>
      <ListTable heads={["Provider", "Changes", "Removals"]} minWidth={560} highlights={false}>
        {guides.map(({ provider, name, travels: { changes, removals } }) => (
          <Table.Tr key={provider}>
            <Table.Td>{name}</Table.Td>
            <Told {...WHEN[changes.when]} says={changes.says} />
            <Told {...REMOVALS[removals.travel]} says={removals.says} />
          </Table.Tr>
        ))}
      </ListTable>
    </section>
  );
}

function Told({ tone, word, says }: { tone: Tone; word: string; says: string }) {
  return (
    <Table.Td>
      <State tone={tone}>{word}</State>
      <Text size="xs" c="dimmed">
        {says}
      </Text>
    </Table.Td>
  );
}
