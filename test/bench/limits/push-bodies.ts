import { createInterface } from "node:readline";
import { Pool } from "undici";

// A process of its own, like the worker that it is compared with. Reads one body a line, then sends them all with so many
// in flight: each is written as JSON, sent, and its answer read as JSON, because nobody who pushes can do less.
const [url = "", token = "", inFlight = "1"] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const bodies: unknown[] = [];
for await (const line of createInterface({ input: process.stdin })) bodies.push(JSON.parse(line));

const pool = new Pool(origin, { connections: Number(inFlight), pipelining: 1 });
const headers = {
  authorization: `Bearer ${token}`,
  accept: "application/scim+json",
  "content-type": "application/scim+json",
};
let next = 0;

async function push(): Promise<void> {
  while (next < bodies.length) {
    const body = JSON.stringify(bodies[next++]);
    const reply = await pool.request({ method: "POST", path: pathname, headers, body });
    JSON.parse(await reply.body.text());
    if (reply.statusCode !== 201) throw new Error(`the app answered ${reply.statusCode}`);
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, push));
await pool.close();
