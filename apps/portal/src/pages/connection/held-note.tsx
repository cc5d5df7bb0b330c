import { Anchor, List } from "@mantine/core";
import type { Connection, ConnectionStatus, WaitsFor } from "@muster/contract";
import { Link } from "../../router.tsx";
import { saidHeld } from "./account-words.ts";

const SAYS: Readonly<Record<WaitsFor, string>> = {
  removal: "A change would take access from many: somebody approves or rejects it.",
  approval: "This connection asks before it takes such a step: somebody approves or rejects it.",
  decision: "An account of the app may be theirs: somebody says whose it is.",
  seat: "They are let in when a seat is free, in the order of the list below.",
  gate: "They are worked out and not sent until the gate opens.",
  other: "Nothing comes by itself; the reason stands with each account.",
};
const PLACES: Partial<Record<WaitsFor, { tab: string; label: string }>> = {
  removal: { tab: "held", label: "Approvals" },
  approval: { tab: "held", label: "Approvals" },
  decision: { tab: "conflicts", label: "Conflicts" },
};

/** What those wait for whose accounts are held, and where that is decided. */
export function HeldNote({ connection, held }: { connection: Connection; held: ConnectionStatus["held"] }) {
  const kinds = saidHeld(held);
  if (kinds.length === 0) return null;
  return (
    <List size="sm" spacing={4} aria-label="Who waits for what">
      {kinds.map(({ waitsFor, count, word }) => {
        const place = PLACES[waitsFor];
        return (
          <List.Item key={waitsFor}>
            <strong>
              {word}: {count.toLocaleString("en")}.
            </strong>{" "}
            {SAYS[waitsFor]}{" "}
            {place !== undefined && (
              <Anchor component={Link} to={`/connections/${connection.id}/${place.tab}`}>
                {place.label}
              </Anchor>
            )}
          </List.Item>
        );
      })}
    </List>
  );
}
