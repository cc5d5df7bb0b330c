import { setTimeout as sleep } from "node:timers/promises";
import { type Address, createHttpConnection, type HttpConnection } from "./http-connection.ts";
import type { LoadResult } from "./load-result.ts";
import type { HttpReply } from "./read-reply.ts";
import { startResult } from "./result-keeper.ts";

export type PacedLoop = {
  address: Address;
  connections: number;
  perSecond: number;
  /** How many at most. */
  requests: number;
  /** Asked between requests; none starts after it gave true. */
  isOver?(): boolean;
  request(index: number): string;
  onReply?(reply: HttpReply): void;
};

/** Coarse enough to cost nothing, and well below what is measured. */
const TICK_MS = 2;

/**
 * Starts requests at an even pace whatever the server does. When all connections are busy a request waits for one, and
 * that wait counts as its latency.
 */
export async function runPacedLoop(loop: PacedLoop): Promise<LoadResult> {
  const idle = Array.from({ length: loop.connections }, () => createHttpConnection(loop.address));
  const waiting: { index: number; dueAtMs: number }[] = [];
  const running = new Set<Promise<void>>();
  const result = startResult();
  const startedAtMs = performance.now();

  async function send(connection: HttpConnection, index: number, dueAtMs: number): Promise<void> {
    try {
      const reply = await connection.exchange(loop.request(index));
      result.answered(reply, performance.now() - dueAtMs);
      loop.onReply?.(reply);
    } catch (error) {
      result.failed(error);
    }
    idle.push(connection);
    startWaiting();
  }

  function startWaiting(): void {
    while (waiting.length > 0) {
      const connection = idle.pop();
      if (connection === undefined) return;
      const request = waiting.shift();
      if (request === undefined) return;
      const sending = send(connection, request.index, request.dueAtMs).finally(() => running.delete(sending));
      running.add(sending);
    }
  }

  for (let due = 0; due < loop.requests && loop.isOver?.() !== true; ) {
    const dueNow = Math.min(loop.requests, Math.floor(((performance.now() - startedAtMs) / 1_000) * loop.perSecond));
    for (; due < dueNow; due += 1) waiting.push({ index: due, dueAtMs: startedAtMs + (due / loop.perSecond) * 1_000 });
    startWaiting();
    await sleep(TICK_MS);
  }
  while (running.size > 0) await Promise.all(running);
  for (const connection of idle) connection.close();
  return result.finish();
}
