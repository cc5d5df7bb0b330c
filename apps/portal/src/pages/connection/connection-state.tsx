import { Stack, Text } from "@mantine/core";
import type { ConnectionStatus } from "@muster/contract";
import { useRead } from "../../api/queries.ts";
import { useLive } from "../../api/use-live.ts";
import { State, type Tone } from "../../parts/badge.tsx";
import { Loaded } from "../../parts/states.tsx";
import { waitWords } from "./account-words.ts";

const ROUTE = "GET /api/v1/connections/{connectionId}/status";
const BUSY_MS = 2_000;
const QUIET_MS = 15_000;

/** The status of a connection: read often while something is under way, now and then when it is settled. */
export function useConnectionStatus(connectionId: string) {
  return useRead(
    ROUTE,
    { params: { connectionId } },
    { everyMs: (status) => (status?.settled === false ? BUSY_MS : QUIET_MS) },
  );
}

/** What a stream should have told is asked for all the same, now and then. */
const LIVE_MS = 60_000;

/** The same, told as it changes: for the one connection of a page, since each takes one of a browser's few connections. */
export function useLiveStatus(connectionId: string) {
  const params = { connectionId };
  const isLive = useLive("GET /api/v1/connections/{connectionId}/status/live", ROUTE, params);
  const status = useRead(
    ROUTE,
    { params },
    { everyMs: (read) => (isLive ? LIVE_MS : read?.settled === false ? BUSY_MS : QUIET_MS) },
  );
  return { status, isLive };
}

/** The state of a connection in a word and a line. */
export function ConnectionState({ connectionId }: { connectionId: string }) {
  const status = useConnectionStatus(connectionId);
  return (
    <Loaded of={status}>
      {(read) => {
        const { word, tone } = sayStatus(read);
        return (
          <Stack gap={2} align="flex-end">
            <State tone={tone}>{word}</State>
            <Text size="sm" c="dimmed">
              {sayAccounts(read)}
            </Text>
          </Stack>
        );
      }}
    </Loaded>
  );
}

/** A status in a word: the worst that is true of it. */
export function sayStatus({ state, accounts, held, settled }: ConnectionStatus): { word: string; tone: Tone } {
  if (state === "disabled") return { word: "Disabled", tone: "bad" };
  if (state === "quarantined") return { word: "In quarantine", tone: "bad" };
  if (state === "paused") return { word: "Paused", tone: "quiet" };
  if (held.approval > 0) return { word: waitWords.approval, tone: "warn" };
  if (held.decision > 0) return { word: waitWords.decision, tone: "warn" };
  if (accounts.stopped > 0 || accounts.failing > 0) return { word: "Some accounts fail", tone: "warn" };
  if (settled && held.gate > 0) return { word: waitWords.gate, tone: "quiet" };
  if (settled && held.seat > 0) return { word: "Out of seats", tone: "warn" };
  return settled ? { word: "In sync", tone: "good" } : { word: "Working", tone: "good" };
}

function sayAccounts({ accounts }: ConnectionStatus): string {
  const { synced, pending, failing, stopped, held } = accounts;
  const parts = [
    [synced, "in sync"],
    [pending, "on their way"],
    [failing + stopped, "failing"],
    [held, "waiting"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count.toLocaleString("en")} ${word}`);
  return said.length === 0 ? "no accounts yet" : said.join(", ");
}
