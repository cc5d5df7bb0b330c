import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import pg from "pg";
import { toObject } from "../stage/admin-client.ts";
import { CHANNEL, INSERT_PEOPLE } from "./bare-tables.ts";

// A process of its own, like the api that it is compared with: no credentials, no validation, no tenants, no audit. Whatever
// came while the last statement ran is written in the next, and answered when that has been committed.
const [url = ""] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 4 });

type Waiting = { id: string; body: string; written(createdAt: Date): void; failed(error: unknown): void };

const STATEMENTS_AT_ONCE = 2;
const MOST_ROWS = 200;
const RING_AFTER_MS = 5;
let waiting: Waiting[] = [];
let running = 0;
let isRinging = false;

function write(body: string): Promise<{ id: string; createdAt: Date }> {
  return new Promise((resolve, reject) => {
    const id = randomUUID();
    waiting.push({ id, body, written: (createdAt) => resolve({ id, createdAt }), failed: reject });
    if (running < STATEMENTS_AT_ONCE) setImmediate(flush);
  });
}

function flush(): void {
  if (running >= STATEMENTS_AT_ONCE || waiting.length === 0) return;
  const batch = waiting.slice(0, MOST_ROWS);
  waiting = waiting.slice(MOST_ROWS);
  running += 1;
  const values = [batch.map((one) => one.id), batch.map((one) => one.body)];
  pool
    .query<{ created_at: Date }>({ name: "people", text: INSERT_PEOPLE, values })
    .then(({ rows: [row] }) => {
      if (row === undefined) throw new Error("nothing was written");
      for (const one of batch) one.written(row.created_at);
      ringSoon();
    })
    .catch((error: unknown) => {
      for (const one of batch) one.failed(error);
    })
    .finally(() => {
      running -= 1;
      flush();
    });
}

function ringSoon(): void {
  if (isRinging) return;
  isRinging = true;
  setTimeout(() => {
    isRinging = false;
    // A lost ring costs the worker one turn of its poll.
    void pool.query(`notify ${CHANNEL}`).catch(() => undefined);
  }, RING_AFTER_MS);
}

const server = createServer((request, response) => {
  void json(request)
    .then(async (body) => {
      const { id, createdAt } = await write(JSON.stringify(body));
      const created = createdAt.toISOString();
      const answer = JSON.stringify({ ...toObject(body), id, meta: { resourceType: "User", created } });
      response.writeHead(201, {
        "content-type": "application/scim+json",
        "content-length": Buffer.byteLength(answer),
      });
      response.end(answer);
    })
    .catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  console.log(JSON.stringify({ port: address.port }));
});
