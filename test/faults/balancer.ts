import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Balancer = {
  url: string /** Requests passed to each target. */;
  counts(): number[];
  close(): Promise<void>;
};

/** What belongs to one hop, or is written anew by it. */
const HOP = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host"]);

/** Puts a load balancer before several addresses, which are given later: each request goes to the next one. */
export async function startBalancer(targets: () => readonly string[]): Promise<Balancer> {
  const counts: number[] = [];
  let turn = 0;
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const origins = targets();
      const index = turn++ % origins.length;
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(Buffer.from(piece));
      const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        HOP.has(name) || value === undefined ? [] : [[name, String(value)]],
      );
      const answer = await fetch(`${origins[index]}${request.url ?? "/"}`, {
        method: request.method ?? "GET",
        headers,
        ...(pieces.length === 0 ? {} : { body: Buffer.concat(pieces) }),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      counts[index] = (counts[index] ?? 0) + 1;
      response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => !HOP.has(name))));
      response.end(body);
    };
    pass().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => [...counts],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
