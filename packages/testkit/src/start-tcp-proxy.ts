import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type ProxyMode =
  | { kind: "pass" }
  /** Holds each piece, in both directions, for this long. */
  | { kind: "delay"; delayMs: number }
  /** Takes connections but lets nothing through; what has arrived goes on when the mode changes. */
  | { kind: "stall" }
  /** Tells the caller that the reply is over, while requests still go through. */
  | { kind: "half-close" }
  /** Resets both ends of a connection once so many bytes of one direction have passed since the mode was set. */
  | { kind: "reset-after"; bytes: number; of: Direction }
  /** The upstream hears and answers, and the caller never learns it: an unknown outcome. */
  | { kind: "swallow-reply" }
  /** Nobody listens; open connections are reset. */
  | { kind: "refuse" };

type Direction = "request" | "reply";

export type ProxyCounts = {
  /** Connections accepted since the start. */
  connections: number;
  /** Bytes that reached the upstream. */
  requestBytes: number;
  /** Bytes that reached the caller. */
  replyBytes: number;
  swallowedReplyBytes: number;
};

export type TcpProxy = {
  readonly host: string;
  readonly port: number;
  /** Takes effect at once, on open connections too. */
  setMode(mode: ProxyMode): Promise<void>;
  counts(): ProxyCounts;
  close(): Promise<void>;
};

type Link = { caller: Socket; upstream: Socket; passedBytes: Record<Direction, number> };

/** Puts a proxy on loopback before a TCP server, to make its network fail on command. Starts in mode `pass`. */
export async function startTcpProxy(input: { upstream: { host: string; port: number } }): Promise<TcpProxy> {
  const gate = createGate();
  const links = new Set<Link>();

  // Both ends close apart, as TCP does, or "half-close" could not be told from a full one.
  const server = createServer({ allowHalfOpen: true }, (caller) => {
    const upstream = connect({ ...input.upstream, allowHalfOpen: true });
    const link: Link = { caller, upstream, passedBytes: { request: 0, reply: 0 } };
    links.add(link);
    gate.counts.connections += 1;
    pump(gate, link, "request");
    pump(gate, link, "reply");
    for (const socket of [caller, upstream]) {
      socket.setNoDelay(true);
      socket.on("error", () => reset(link));
      socket.on("close", () => {
        if (caller.destroyed && upstream.destroyed) {
          links.delete(link);
        }
      });
    }
    if (gate.mode().kind === "half-close") {
      caller.end();
    }
  });
  const port = await listen(server, 0);

  return {
    host: "127.0.0.1",
    port,
    counts: () => ({ ...gate.counts }),
    setMode: async (mode) => {
      for (const link of links) {
        link.passedBytes = { request: 0, reply: 0 };
        if (mode.kind === "half-close") {
          link.caller.end();
        }
      }
      gate.setMode(mode);
      if (mode.kind === "refuse") {
        await stopListening(server, links);
      } else if (!server.listening) {
        await listen(server, port);
      }
    },
    close: async () => {
      gate.setMode({ kind: "refuse" });
      await stopListening(server, links);
    },
  };
}

type Gate = {
  counts: ProxyCounts;
  mode(): ProxyMode;
  setMode(mode: ProxyMode): void;
  /** How much of a piece may go on, possibly after a while; what follows it is reset, swallowed or nothing. */
  admit(link: Link, direction: Direction, length: number): Promise<{ length: number; thenReset: boolean }>;
};

function createGate(): Gate {
  let mode: ProxyMode = { kind: "pass" };
  let changed = Promise.withResolvers<void>();
  const counts: ProxyCounts = { connections: 0, requestBytes: 0, replyBytes: 0, swallowedReplyBytes: 0 };
  return {
    counts,
    mode: () => mode,
    setMode: (next) => {
      mode = next;
      changed.resolve();
      changed = Promise.withResolvers();
    },
    admit: async (link, direction, length) => {
      while (mode.kind === "stall") {
        await changed.promise;
      }
      switch (mode.kind) {
        case "pass":
          return { length, thenReset: false };
        case "delay":
          await sleep(mode.delayMs);
          return { length, thenReset: false };
        case "half-close":
        case "swallow-reply":
          return { length: direction === "reply" ? 0 : length, thenReset: false };
        case "refuse":
          return { length: 0, thenReset: true };
        case "reset-after": {
          const left = mode.of === direction ? mode.bytes - link.passedBytes[direction] : Number.POSITIVE_INFINITY;
          return { length: Math.min(length, left), thenReset: length >= left };
        }
      }
    },
  };
}

function pump(gate: Gate, link: Link, direction: Direction): void {
  const [from, to] = direction === "request" ? [link.caller, link.upstream] : [link.upstream, link.caller];
  const forward = async (piece: Buffer): Promise<void> => {
    const admitted = await gate.admit(link, direction, piece.length);
    if (admitted.length > 0 && to.writable) {
      await new Promise<void>((resolve) => to.write(piece.subarray(0, admitted.length), () => resolve()));
    }
    link.passedBytes[direction] += admitted.length;
    gate.counts[direction === "request" ? "requestBytes" : "replyBytes"] += admitted.length;
    if (direction === "reply") {
      gate.counts.swallowedReplyBytes += piece.length - admitted.length;
    }
    if (admitted.thenReset) {
      reset(link);
    }
  };
  // Paused while a piece is held, so that pieces and the end that follows them keep their order.
  from.on("data", (piece: Buffer) => {
    from.pause();
    void forward(piece).then(() => from.resume());
  });
  from.on("end", () => {
    void gate.admit(link, direction, 0).then((admitted) => {
      if (admitted.thenReset) {
        reset(link);
      } else if (direction === "request" || gate.mode().kind !== "swallow-reply") {
        to.end();
      }
    });
  });
}

function reset(link: Link): void {
  link.caller.resetAndDestroy();
  link.upstream.resetAndDestroy();
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function stopListening(server: Server, links: Set<Link>): Promise<void> {
  if (server.listening) {
    const closed = once(server, "close");
    server.close();
    for (const link of links) {
      reset(link);
    }
    await closed;
  }
}
