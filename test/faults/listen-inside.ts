import { once } from "node:events";
import { createServer } from "node:net";

/** A service that the gateway could reach and must not. */
export type InsideService = {
  readonly port: number;
  /** Ports of those who connected. */
  readonly callers: readonly (number | undefined)[];
  close(): Promise<void>;
};

/** Starts a service inside the network, on loopback at any port unless told, that answers whoever connects. */
export async function listenInside(place: { host?: string; port?: number } = {}): Promise<InsideService> {
  const callers: (number | undefined)[] = [];
  const server = createServer((socket) => {
    callers.push(socket.remotePort);
    socket.on("error", () => undefined).end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
  });
  server.listen(place.port ?? 0, place.host ?? "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("A service on TCP has a port");
  return {
    port: address.port,
    callers,
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}
