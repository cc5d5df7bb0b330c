import { fileURLToPath } from "node:url";
import { spawnProcess } from "@muster/testkit";
import { type JsonObject, numberOf, textOf, toObject } from "./admin-client.ts";

export type SampleAppProcess = {
  pid: number;
  baseUrl: string;
  token: string;
  counts(): Promise<AppCounts>;
  /** Every request so far; empty when only counts are kept. */
  ledger(): Promise<JsonObject[]>;
  /** Every account as a SCIM resource. */
  users(): Promise<JsonObject[]>;
  /** Has every request from here on meet these faults of the sample app; none by an empty list. */
  setFaults(faults: readonly JsonObject[]): Promise<void>;
  /** Forgets accounts, counts and ledger. */
  reset(): Promise<void>;
  stop(): Promise<void>;
};

export type AppCounts = {
  firstAtMs: number;
  lastAtMs: number;
  total: number;
  /** Begun and not answered yet. */
  inFlight: number;
  /** Finished requests by method and collection, such as `POST /Users`. */
  byRoute: JsonObject;
  byStatus: JsonObject;
  users: number;
  duplicates: number;
};

const SCRIPT = fileURLToPath(new URL("../../../apps/simulator/src/sample-app/main.ts", import.meta.url));
const TOKEN = "bench-app-token";

/** Runs the sample app without latency in a process of its own. With `keeps: "counts"` it remembers no requests. */
export async function startSampleAppProcess(input: { keeps: "counts" | "entries" }): Promise<SampleAppProcess> {
  const app = spawnProcess({
    name: "the sample app",
    script: SCRIPT,
    args: [`--token=${TOKEN}`, ...(input.keeps === "counts" ? ["--counts-only"] : [])],
  });
  const [line] = await app.waitForLine(/^\{.*\}$/);
  const ready = toObject(JSON.parse(line));
  const baseUrl = textOf(ready, "baseUrl");
  const controlUrl = textOf(ready, "controlUrl");
  const control = async (method: string, path: string, body?: unknown): Promise<JsonObject> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${controlUrl}/${path}`, { method, ...sent });
    if (!response.ok) throw new Error(`the sample app answered ${response.status} to ${method} ${path}`);
    return toObject(await response.json());
  };
  const list = async (path: string, name: string): Promise<JsonObject[]> => {
    const items = (await control("GET", path))[name];
    return Array.isArray(items) ? items.map(toObject) : [];
  };
  return {
    pid: app.pid,
    baseUrl,
    token: TOKEN,
    async counts() {
      const counts = await control("GET", "counts");
      const at = (name: string): number => (counts[name] === undefined ? Number.NaN : numberOf(counts, name));
      return {
        firstAtMs: at("firstAtMs"),
        lastAtMs: at("lastAtMs"),
        total: numberOf(counts, "total"),
        inFlight: numberOf(counts, "inFlight"),
        byRoute: toObject(counts["byRoute"]),
        byStatus: toObject(counts["byStatus"]),
        users: numberOf(counts, "users"),
        duplicates: numberOf(counts, "duplicates"),
      };
    },
    ledger: () => list("ledger", "entries"),
    users: async () => (await list("state", "users")).map((user) => toObject(user["raw"])),
    async setFaults(faults) {
      await control("PUT", "faults", faults);
    },
    async reset() {
      await control("DELETE", "state");
    },
    stop: () => app.kill(),
  };
}
