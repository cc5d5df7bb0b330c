import pg from "pg";
import { Pool } from "undici";
import { toObject } from "../stage/admin-client.ts";
import { CHANNEL, FORGET_CHANGES, NEXT_CHANGES } from "./bare-tables.ts";

// A process of its own, like the worker that it is compared with: woken by the database, it reads what has been committed, posts
// it with so many in flight and forgets it. No mapping, no leases, no retries, no record of what was sent.
const [url = "", appUrl = "", token = "", inFlight = "1"] = process.argv.slice(2);
const { origin, pathname } = new URL(appUrl);
const app = new Pool(origin, { connections: Number(inFlight), pipelining: 1 });
const db = new pg.Pool({ connectionString: url, max: 4 });
const headers = {
  authorization: `Bearer ${token}`,
  accept: "application/scim+json",
  "content-type": "application/scim+json",
};

type Change = { xid: string; seq: string; id: string; attributes: unknown };

const POLL_MS = 250;
const FORGET_EVERY_MS = 20;
let cursor: [string, string] = ["0", "0"];
let delivered: Change[] = [];
let busy = 0;
const free: (() => void)[] = [];
let isDraining = false;
let isRung = false;

async function push(change: Change): Promise<void> {
  const body = JSON.stringify({ ...toObject(change.attributes), externalId: change.id });
  const reply = await app.request({ method: "POST", path: pathname, headers, body });
  JSON.parse(await reply.body.text());
  if (reply.statusCode !== 201) throw new Error(`the app answered ${reply.statusCode}`);
  delivered.push(change);
}

async function drain(): Promise<void> {
  isRung = true;
  if (isDraining) return;
  isDraining = true;
  while (isRung) {
    isRung = false;
    for (;;) {
      const { rows } = await db.query<Change>({ name: "next", text: NEXT_CHANGES, values: cursor });
      const last = rows.at(-1);
      if (last === undefined) break;
      cursor = [last.xid, last.seq];
      for (const change of rows) await begin(change);
    }
  }
  isDraining = false;
}

async function begin(change: Change): Promise<void> {
  if (busy >= Number(inFlight)) await new Promise<void>((resolve) => free.push(resolve));
  busy += 1;
  void push(change)
    .catch(fail)
    .finally(() => {
      busy -= 1;
      free.shift()?.();
    });
}

async function forget(): Promise<void> {
  const done = delivered;
  delivered = [];
  if (done.length === 0) return;
  const values = [done.map(({ xid }) => xid), done.map(({ seq }) => seq)];
  await db.query({ name: "forget", text: FORGET_CHANGES, values });
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

const listener = new pg.Client({ connectionString: url });
await listener.connect();
listener.on("notification", () => void drain().catch(fail));
await listener.query(`listen ${CHANNEL}`);
setInterval(() => void drain().catch(fail), POLL_MS);
setInterval(() => void forget().catch(fail), FORGET_EVERY_MS);
console.log("ready");
