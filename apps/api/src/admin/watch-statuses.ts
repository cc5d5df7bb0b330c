import type { ConnectionStatus } from "@muster/contract";
import type { Owner } from "@muster/provisioning";
import { type Clock, type Logger, Refusal } from "@muster/runtime";

type Listener = { next(status: ConnectionStatus): void; end(): void };

/** Tells everybody of this process who looks at a connection how it is, by asking once for all of them. */
export type Statuses = {
  /** Tells the newest status, and each that differs from the one before, until what is given back is called. */
  watch(owner: Owner, connectionId: string, listener: Listener): () => void;
  /** Ends what is watched. */
  close(): void;
};

type Deps = {
  read(owner: Owner, connectionId: string): Promise<ConnectionStatus>;
  clock: Clock;
  logger: Logger;
  /** Between two readings of one connection; longer where a reading is slow. */
  everyMs: number;
};

/** A reading that takes long, because accounts are many, is followed by so many times its length of rest. */
const REST = 20;

type Watched = { listeners: Set<Listener>; newest: { status: ConnectionStatus; text: string } | null; end(): void };

/** Makes the watch of one process: a connection is read for as long as somebody listens, however many they are. */
export function createStatuses(deps: Deps): Statuses {
  const watched = new Map<string, Watched>();

  function begin(owner: Owner, connectionId: string, key: string): Watched {
    const listeners = new Set<Listener>();
    let timer: NodeJS.Timeout | undefined;
    const all: Watched = {
      listeners,
      newest: null,
      end() {
        clearTimeout(timer);
        watched.delete(key);
        for (const listener of listeners) listener.end();
        listeners.clear();
      },
    };
    const look = async (): Promise<void> => {
      const began = deps.clock.monotonicMs();
      await deps.read(owner, connectionId).then(
        (status) => tell(all, status),
        (error: unknown) => {
          if (error instanceof Refusal) return all.end();
          deps.logger.warn({ error, connectionId }, "the status of a watched connection could not be read");
        },
      );
      const rest = REST * (deps.clock.monotonicMs() - began);
      if (watched.get(key) === all) timer = setTimeout(() => void look(), Math.max(deps.everyMs, rest));
    };
    watched.set(key, all);
    void look();
    return all;
  }

  return {
    watch(owner, connectionId, listener) {
      const key = `${owner.tenantId}/${connectionId}`;
      const all = watched.get(key) ?? begin(owner, connectionId, key);
      all.listeners.add(listener);
      if (all.newest !== null) listener.next(all.newest.status);
      return () => {
        all.listeners.delete(listener);
        if (all.listeners.size === 0 && watched.get(key) === all) all.end();
      };
    },
    close() {
      for (const all of [...watched.values()]) all.end();
    },
  };
}

function tell(all: Watched, status: ConnectionStatus): void {
  const text = JSON.stringify(status);
  if (text === all.newest?.text) return;
  all.newest = { status, text };
  for (const listener of all.listeners) listener.next(status);
}
