import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startGateway } from "./start-gateway.ts";

const script = fileURLToPath(new URL("fixtures/gateway-stand-in.ts", import.meta.url));

function start(mode: string, signal: AbortSignal = new AbortController().signal) {
  const passedOn = { PATH: process.env["PATH"] ?? "", DATABASE_URL: "postgres://db", MODE: mode };
  return startGateway({ script, egressAllow: "127.0.0.1:9", passedOn, signal });
}

async function reachable(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

describe("startGateway", () => {
  it("finds the address among log lines, waits for /readyz, and leaves nothing behind when stopped", async () => {
    const gateway = await start("");
    const ready = await fetch(`${gateway.url}/readyz`);
    const seen = (await ready.json()) as Record<string, string>;
    const folder = String(seen["MUSTER_DATA_DIR"]);
    const folderWasThere = existsSync(folder);

    await gateway.stop();

    expect(ready.status).toBe(200);
    expect(seen).toMatchObject({
      PORT: "0",
      HOST: "127.0.0.1",
      MUSTER_EGRESS_ALLOW: "127.0.0.1:9",
      MUSTER_BOOTSTRAP_API_KEY: gateway.apiKey,
      DATABASE_URL: "postgres://db",
    });
    expect(gateway.apiKey.length).toBeGreaterThanOrEqual(32);
    expect(folderWasThere).toBe(true);
    expect(existsSync(folder)).toBe(false);
    expect(await reachable(gateway.url)).toBe(false);
  });

  it("says with the gateway's own words why it did not start", async () => {
    await expect(start("fails")).rejects.toThrow(/did not start: it ended with code 3\n.*the port is taken/);
  });

  it("ends a gateway that does not get ready when it is interrupted", async () => {
    const interrupted = new AbortController();
    const starting = start("never-ready", interrupted.signal);

    interrupted.abort(new Error("interrupted"));

    await expect(starting).rejects.toThrow("interrupted");
  });
});
