import { createServer } from "node:net";

/** Finds a TCP port that nobody listens on at 127.0.0.1 now; another process may still take it first. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) {
    throw new Error("no free TCP port on 127.0.0.1");
  }
  return port;
}

/** Says whether nobody listens on this TCP port at 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}
