import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** What a webhook was sent, as it came over the wire. */
export type Received = {
  id: string;
  body: string;
  headers: IncomingHttpHeaders;
  type: string;
  /** Of the event; empty for a test. */
  data: {
    id: string;
    tenantId: string;
    userId: string | null;
    changes: Record<string, { old: unknown; new: unknown }>;
  };
  /** What it was answered with. */
  status: number;
};

export type Receiver = {
  url: string;
  received: Received[];
  /** What comes next is answered with: a status for each, or for all that come. */
  answer: (message: Omit<Received, "status">) => number | Promise<number>;
  close(): Promise<void>;
};

/** Starts a receiver of webhooks: an HTTP server like any customer's. It answers 204 unless told. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const { type, data } = JSON.parse(body);
      const message = { id: String(req.headers["webhook-id"]), body, headers: req.headers, type, data };
      void Promise.resolve(receiver.answer(message)).then((status) => {
        received.push({ ...message, status });
        res
          .writeHead(status, { "content-type": "text/plain" })
          .end(status >= 300 ? "private words of the receiver" : "");
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hooks?via=muster`,
    received,
    answer: () => 204,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** Verifies a message with the library that receivers use; throws when it does not hold. */
export function verify(secret: string, message: Received): void {
  const headers = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, String(message.headers[name])]),
  );
  new Webhook(secret).verify(message.body, headers);
}
