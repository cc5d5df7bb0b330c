import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { type Column, toCsv } from "./csv.ts";
import { Failure } from "./failure.tsx";

/** What one browser holds without trouble; the admin API gives more, page by page. */
const MOST = 10_000;

type Page<Item> = { items: Item[]; nextPageToken?: string };

type Props<Item> = {
  /** Of the file, without its ending. */
  name: string;
  columns: readonly Column<Item>[];
  readPage(pageToken: string | undefined): Promise<Page<Item>>;
};

/** Takes a list home as CSV or JSON: as it is filtered, from its beginning, up to ten thousand lines. */
export function ExportButtons<Item>({ name, columns, readPage }: Props<Item>) {
  const [said, setSaid] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const run = async (kind: "csv" | "json") => {
    setIsBusy(true);
    setError(null);
    try {
      const { items, isCut } = await readAll(readPage, (count) => setSaid(`Read ${count.toLocaleString("en")}`));
      const text = kind === "csv" ? toCsv(columns, items) : `${JSON.stringify(items, null, 2)}\n`;
      save(`${name}.${kind}`, text, kind === "csv" ? "text/csv;charset=utf-8" : "application/json");
      const count = items.length.toLocaleString("en");
      setSaid(isCut ? `Wrote the first ${count}; narrow it down for the rest.` : `Wrote ${count}.`);
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
      setSaid("");
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <Group gap="xs">
        <Button variant="default" size="xs" disabled={isBusy} onClick={() => void run("csv")}>
          Export CSV
        </Button>
        <Button variant="default" size="xs" disabled={isBusy} onClick={() => void run("json")}>
          Export JSON
        </Button>
        <Text size="xs" c="dimmed" aria-live="polite">
          {said}
        </Text>
      </Group>
      {error !== null && <Failure error={error} />}
    </>
  );
}

async function readAll<Item>(readPage: Props<Item>["readPage"], onCount: (count: number) => void) {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page: Page<Item> = await readPage(token);
    items.push(...page.items);
    token = page.nextPageToken;
    onCount(items.length);
  } while (token !== undefined && items.length < MOST);
  return { items: items.slice(0, MOST), isCut: token !== undefined || items.length > MOST };
}

function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
