import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createLogger, type Logger } from "./logger.ts";
import { scrubText } from "./scrub-text.ts";
import { secret } from "./secret.ts";

const token = "mst_scim_JnHlYIzR0q8N_kaLaaP9UzCViiobOFq3o44ZKceBVqQcw8Ub6iCFYoMR0nCSSV";

function logged(log: (logger: Logger) => void, level = "trace"): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  log(createLogger({ name: "test", level, write }));
  return lines;
}

describe("createLogger", () => {
  it("prints one JSON object a line with level, time, name, fields and message", () => {
    const [line] = logged((logger) => {
      logger.child({ connectionId: "c1" }).info({ outcome: "applied", retryAfterMs: 5 }, "account pushed");
    });

    expect(line).toMatchObject({
      level: "info",
      name: "test",
      connectionId: "c1",
      outcome: "applied",
      retryAfterMs: 5,
      msg: "account pushed",
    });
    expect(line?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it("prints nothing below its level and refuses a level that it does not know", () => {
    expect(logged((logger) => logger.debug("hidden"), "info")).toEqual([]);
    expect(() => createLogger({ name: "test", level: "loud" })).toThrow(RangeError);
  });

  it("V23: no way of logging a credential prints it", () => {
    const password = "hunter2hunter2";
    const request = new IncomingMessage(new Socket());
    request.headers.authorization = `Bearer ${token}`;
    request.method = "GET";
    request.url = `/scim/v2/Users?access_token=${token}`;
    class Holder {
      readonly value = password;
    }
    const error = new Error(`401 for Bearer ${token} at https://u:${password}@app.example/x?password=${password}`, {
      cause: Object.assign(new Error(`authorization: Basic ${password}`), {
        config: { headers: { password } },
        detail: password,
      }),
    });

    const lines = logged((logger) => {
      logger.info(
        { request, headers: { Authorization: password, "set-cookie": [password], "X-Api-Key": password } },
        "a",
      );
      logger.error({ error, err: error }, `failed with ${token}`);
      logger.warn(
        { accessToken: password, "client-secret": password, apiKey: { id: password }, db_password: password },
        "b",
      );
      logger.warn(
        {
          wrapped: secret(password),
          holder: new Holder(),
          bytes: Buffer.from(password),
          map: new Map([[password, 1]]),
        },
        "c",
      );
      logger.warn(
        { url: new URL(`https://u:${password}@h/p?q=${password}`), list: [{ deep: { token: password } }] },
        "d",
      );
      logger.child({ bearerToken: password, note: `Bearer%20${token}` }).info(`sent mst_key_${password}`);
      logger.warn({ body: `{"password":"${password}","client_secret": "${password}"}` }, "e");
    });

    expect(lines).toHaveLength(7);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|kaLaaP9U/);
    expect(lines[0]?.["request"]).toEqual({ method: "GET", path: "/scim/v2/Users" });
    expect(lines[1]?.["error"]).toMatchObject({ type: "Error", cause: { type: "Error" } });
  });

  it("keeps harmless fields whose names only resemble secrets", () => {
    const fields = { tokenId: "t1", publicId: "p", secretary: undefined, tokensLeft: 4, author: "a" };

    expect(logged((logger) => logger.info(fields, "m"))[0]).toMatchObject({
      tokenId: "t1",
      publicId: "p",
      tokensLeft: 4,
      author: "a",
    });
  });

  it("bounds what one line can hold: depth, text, items, cycles", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const fields = {
      cycle,
      long: "x".repeat(100_000),
      many: Array.from({ length: 10_000 }, () => 1),
      big: 2n ** 70n,
      date: new Date(Number.NaN),
      missing: undefined,
      call: () => 1,
    };

    const [line] = logged((logger) => logger.info(fields, "y".repeat(100_000)));

    expect(JSON.stringify(line).length).toBeLessThan(6000);
    expect(line).toMatchObject({ big: String(2n ** 70n), date: "[invalid date]" });
  });

  it("V41: a field named __proto__ does not reach a prototype", () => {
    const fields = JSON.parse('{"__proto__":{"polluted":true},"deep":{"__proto__":{"polluted":true}}}') as Record<
      string,
      unknown
    >;

    logged((logger) => logger.info(fields, "m"));

    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("scrubText", () => {
  it.each([
    [`got ${token}.`, "got mst_[redacted]."],
    ["Authorization: Bearer abc.def", "Authorization: [redacted] [redacted]"],
    ["header 'bearer abc'", "header 'bearer [redacted]'"],
    ["postgres://muster:pw@db:5432/x", "postgres://[redacted]@db:5432/x"],
    ["redis://:pw@db/0", "redis://[redacted]@db/0"],
    ["a?client_secret=xyz&b=1", "a?client_secret=[redacted]&b=1"],
    ["the token is missing", "the token is missing"],
    ["user bjensen@example.com not found", "user bjensen@example.com not found"],
  ])("turns %j into %j", (text, expected) => {
    expect(scrubText(text)).toBe(expected);
  });

  it("takes linear work on text made to make patterns backtrack", () => {
    for (const piece of ["://", "bearer ", "token", "a-", "password=", "mst_", "://a@"]) {
      expect(scrubText(piece.repeat(20_000)).length).toBeGreaterThan(0);
    }
  });
});

it.runIf(process.platform === "linux")(
  "F23: a full disk under the log loses lines, counts them and ends nothing",
  async () => {
    const full = await open("/dev/full", "w");
    const script = fileURLToPath(new URL("fixtures/talkative.ts", import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: ["ignore", full.fd, "pipe"] });
    if (child.stderr === null) throw new Error("Its standard error is a pipe");
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    await full.close();

    expect([code, JSON.parse(said).lost]).toEqual([0, expect.any(Number)]);
    expect(JSON.parse(said).lost).toBeGreaterThan(1_000);
  },
);
