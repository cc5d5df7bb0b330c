import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, expect, it } from "vitest";
import { runClosedLoop } from "./closed-loop.ts";
import type { Address } from "./http-connection.ts";
import { countSuccesses, faultsOf } from "./load-result.ts";
import { runPacedLoop } from "./paced-loop.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Address> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { host: "127.0.0.1", port: address.port };
}

const get = (index: number): string => `GET /${index} HTTP/1.1\r\nhost: app\r\n\r\n`;

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-length": body.length }).end(body);
}

it("sends every request once, with one in flight on each connection", async () => {
  const paths: string[] = [];
  let most = 0;
  let inFlight = 0;
  const address = await serve((request, response) => {
    paths.push(request.url ?? "");
    most = Math.max(most, ++inFlight);
    setImmediate(() => {
      inFlight -= 1;
      answer(response, 200, "{}");
    });
  });

  const result = await runClosedLoop({ address, connections: 4, limit: { requests: 100 }, request: get });

  expect(countSuccesses(result)).toBe(100);
  expect(new Set(paths).size).toBe(100);
  expect(most).toBeLessThanOrEqual(4);
  expect(result.latenciesMs).toHaveLength(100);
  expect(faultsOf("GET", result)).toEqual([]);
});

it("reports refused requests and those that were cut off, and goes on", async () => {
  const address = await serve((request, response) => {
    if (request.url === "/3") request.socket.destroy();
    else answer(response, request.url === "/5" ? 409 : 200, "taken");
  });

  const result = await runClosedLoop({ address, connections: 2, limit: { requests: 10 }, request: get });

  expect(countSuccesses(result)).toBe(8);
  expect(result.unanswered).toBe(1);
  expect(faultsOf("GET", result)).toEqual([expect.stringContaining("2 of 10 requests failed")]);
  expect(result.complaints.join()).toContain("409 taken");
});

it("goes on over a new connection after the server said that it closes", async () => {
  const address = await serve((_request, response) => {
    response.writeHead(200, { "content-length": 2, connection: "close" }).end("{}");
  });

  const result = await runClosedLoop({ address, connections: 1, limit: { requests: 5 }, request: get });

  expect(countSuccesses(result)).toBe(5);
});

it("starts paced requests no sooner than their pace says, whatever the answers take", async () => {
  const address = await serve((_request, response) => answer(response, 200, "{}"));

  const result = await runPacedLoop({ address, connections: 2, perSecond: 200, requests: 40, request: get });

  expect(countSuccesses(result)).toBe(40);
  expect(result.seconds).toBeGreaterThanOrEqual(39 / 200);
});

it("starts no further paced request once it is told that it is over", async () => {
  let answered = 0;
  const address = await serve((_request, response) => {
    answered += 1;
    answer(response, 200, "{}");
  });

  const isOver = (): boolean => answered >= 3;
  const result = await runPacedLoop({
    address,
    connections: 1,
    perSecond: 500,
    requests: 10_000,
    isOver,
    request: get,
  });

  expect(countSuccesses(result)).toBe(answered);
  expect(answered).toBeLessThan(1_000);
});
