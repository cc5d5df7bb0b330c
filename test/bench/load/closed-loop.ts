import { type Address, createHttpConnection } from "./http-connection.ts";
import type { LoadResult } from "./load-result.ts";
import type { HttpReply } from "./read-reply.ts";
import { startResult } from "./result-keeper.ts";

export type ClosedLoop = {
  address: Address;
  connections: number;
  /** The loop ends at whichever comes first. */
  limit: { seconds?: number; requests?: number };
  /** The nth request, on the connection of this number, written out as HTTP/1.1. */
  request(index: number, connection: number): string;
  onReply?(reply: HttpReply, connection: number): void;
};

/** Keeps every connection busy, one request in flight on each, and waits for the last answers. */
export async function runClosedLoop(loop: ClosedLoop): Promise<LoadResult> {
  const requests = loop.limit.requests ?? Number.POSITIVE_INFINITY;
  const result = startResult();
  const endsAtMs = performance.now() + (loop.limit.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  let next = 0;

  async function keepBusy(number: number): Promise<void> {
    const connection = createHttpConnection(loop.address);
    while (next < requests && performance.now() < endsAtMs) {
      const index = next++;
      const sentAtMs = performance.now();
      try {
        const reply = await connection.exchange(loop.request(index, number));
        result.answered(reply, performance.now() - sentAtMs);
        loop.onReply?.(reply, number);
      } catch (error) {
        result.failed(error);
      }
    }
    connection.close();
  }

  await Promise.all(Array.from({ length: loop.connections }, (_, number) => keepBusy(number)));
  return result.finish();
}
