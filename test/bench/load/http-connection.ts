import { connect, type Socket } from "node:net";
import { type HttpReply, readReply } from "./read-reply.ts";

export type Address = { host: string; port: number };

export type HttpConnection = {
  /** Sends one request, written out as HTTP/1.1, and gives its answer. One at a time. */
  exchange(request: string): Promise<HttpReply>;
  close(): void;
};

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Makes a keep-alive connection that does no more than it must: on a machine with few cores, whatever the loader uses is
 * missing from the server. It opens on first use, and again after the server closed it.
 */
export function createHttpConnection(address: Address): HttpConnection {
  let socket: Socket | undefined;
  let received: Buffer = NOTHING;
  let waiting: PromiseWithResolvers<HttpReply> | undefined;

  function fail(error: Error): void {
    socket?.destroy();
    socket = undefined;
    received = NOTHING;
    waiting?.reject(error);
    waiting = undefined;
  }

  function receive(chunk: Buffer): void {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const found = readReply(received);
    if (found === undefined) return;
    const asked = waiting;
    waiting = undefined;
    received = received.subarray(found.bytes);
    if (found.isLast) {
      socket?.destroy();
      socket = undefined;
      received = NOTHING;
    }
    asked?.resolve(found);
  }

  async function open(): Promise<Socket> {
    const opened = connect({ ...address, noDelay: true });
    await new Promise<void>((resolve, reject) => opened.once("connect", resolve).once("error", reject));
    opened.on("data", (chunk) => {
      try {
        receive(chunk);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    opened.on("error", fail);
    opened.on("close", () => {
      if (socket === opened) fail(new Error("the server closed the connection"));
    });
    return opened;
  }

  return {
    async exchange(request) {
      socket ??= await open();
      waiting = Promise.withResolvers<HttpReply>();
      const { promise } = waiting;
      socket.write(request);
      return promise;
    },
    close() {
      socket?.destroy();
      socket = undefined;
    },
  };
}
