import { createDialer, parseEgressAllow } from "@muster/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { listenOnLoopback, type StartedTarget, startTarget, type TargetReply } from "../fixtures/start-target.ts";
import type { ClientCredentialsAuth } from "../target-auth.ts";
import { requestToken, type TokenOutcome } from "./request-token.ts";
import { createTokenCache, usableUntil } from "./token-cache.ts";
import { tokenRequest } from "./token-request.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const now = () => new Date(Date.UTC(2026, 0, 1));
const context = { signal: new AbortController().signal, timeoutMs: 5_000 };
const started: Pick<StartedTarget, "close">[] = [];

afterEach(async () => {
  for (const target of started.splice(0)) await target.close();
});

const clientOf = (tokenUrl: string): ClientCredentialsAuth => ({
  scheme: "oauthClientCredentials",
  tokenUrl,
  clientId: "muster",
  clientSecret: "the-secret-of-the-client",
  clientSecretIn: "header",
});

async function ask(reply: TargetReply | "hang" | "reset", timeoutMs = 5_000): Promise<TokenOutcome> {
  const target = await startTarget(() => reply);
  started.push(target);
  const request = await tokenRequest(clientOf(`${target.baseUrl}/token`), now());
  return await requestToken({ dialer, now }, request, { ...context, timeoutMs });
}

const json = (status: number, body: object, headers = {}): TargetReply => ({ status, headers, body });

describe("H4: what a token endpoint answers", () => {
  it.each([
    [json(401, { error: "invalid_client" }), "connection", null],
    [json(400, { error: "invalid_scope", error_description: "no" }), "connection", null],
    [json(400, {}), "connection", null],
    [json(403, {}), "connection", null],
    [json(404, {}), "connection", null],
    [json(302, {}, { location: "https://elsewhere.example/" }), "connection", null],
    [json(200, { error: "unauthorized_client" }), "connection", null],
    [json(200, { access_token: "t", token_type: "mac" }), "connection", null],
    [json(429, {}, { "retry-after": "7" }), "throttled", 7_000],
    [json(429, {}), "throttled", null],
    [json(503, {}, { "retry-after": "30" }), "throttled", 30_000],
    [json(500, {}), "transient", null],
    [json(503, { error: "temporarily_unavailable" }), "transient", null],
    [json(400, { error: "server_error" }), "transient", null],
    [json(200, {}), "transient", null],
    [json(200, { access_token: "two\r\nlines: 1" }), "transient", null],
    [json(200, { access_token: 7 }), "transient", null],
    [{ status: 200, body: "<html>sign in</html>" }, "transient", null],
    ["reset", "transient", null],
  ] as const)("%j is %s", async (reply, kind, retryAfterMs) => {
    expect(await ask(reply)).toMatchObject({ kind: "failed", class: kind, retryAfterMs });
  });

  it("V67: a redirect is not followed, wherever it leads", async () => {
    const other = await startTarget(() => json(200, { access_token: "stolen" }));
    started.push(other);

    expect(await ask(json(307, {}, { location: other.baseUrl }))).toMatchObject({ class: "connection" });
    expect(other.requests).toEqual([]);
  });

  it("V71: what it says is told without the secret, in one line, and cut", async () => {
    const outcome = await ask(
      json(401, { error: "invalid_client", error_description: `the-secret-of-the-client\n${"x".repeat(9_000)}` }),
    );

    const detail = outcome.kind === "failed" ? outcome.detail : "";
    expect(detail).toMatch(/^The token endpoint answered 401 invalid_client: \[redacted\] x+…$/);
    expect(detail.length).toBeLessThanOrEqual(500);
  });

  it("F44: one that does not answer is given up at the caller's deadline", async () => {
    expect(await ask("hang", 50)).toMatchObject({ kind: "failed", class: "transient" });
  });

  it("V63: one inside the house is never dialled", async () => {
    const request = await tokenRequest(clientOf("https://169.254.169.254/token"), now());
    const outcome = await requestToken({ dialer, now }, request, context);

    expect(outcome).toMatchObject({ class: "connection", detail: expect.stringContaining("blocked") });
  });

  it("F43: an answer without end is cut", async () => {
    const { createServer } = await import("node:http");
    const { port, close } = await listenOnLoopback(
      createServer((_request, response) => void response.end("x".repeat(2 * 1024 * 1024))),
    );
    started.push({ close });
    const request = await tokenRequest(clientOf(`http://127.0.0.1:${port}/token`), now());

    expect(await requestToken({ dialer, now }, request, context)).toMatchObject({ class: "transient" });
  });

  it("takes numbers as text, and a type in any case", async () => {
    expect(await ask(json(200, { access_token: "t", token_type: "BEARER", expires_in: "3600" }))).toEqual({
      kind: "issued",
      tokens: { accessToken: "t", expiresInSeconds: 3600, refreshToken: null },
    });
  });
});

describe("H4: the cache of tokens", () => {
  it("asks once for many that need a token at once, and again when it was refused or is over", async () => {
    let nowMs = 0;
    let asked = 0;
    const cache = createTokenCache(() => new Date(nowMs));
    const source = cache.source("c1", async () => {
      asked += 1;
      return { kind: "token", accessToken: `t${asked}`, usableUntilMs: nowMs + 1_000 };
    });

    const first = await Promise.all([source.get(context), source.get(context), source.get(context)]);
    const [one] = first;
    if (one?.kind !== "ready") throw new Error("no token");
    source.refused(one.credential);
    source.refused(one.credential);
    const [second] = await Promise.all([source.get(context), source.get(context)]);
    // Late news of the first says nothing of the second.
    source.refused(one.credential);
    const same = await source.get(context);
    nowMs = 2_000;
    const third = await source.get(context);

    expect(first.every((outcome) => outcome === first[0] || outcome.kind === "ready")).toBe(true);
    expect([second, same, third].map((outcome) => outcome?.kind === "ready" && outcome.credential.secrets[0])).toEqual([
      "t2",
      "t2",
      "t3",
    ]);
    expect(asked).toBe(3);
  });

  it("does not keep a failure", async () => {
    const answers = [
      { kind: "failed", class: "transient", status: 500, retryAfterMs: null, detail: "down" } as const,
      { kind: "token", accessToken: "t", usableUntilMs: 9 } as const,
    ];
    const source = createTokenCache(() => new Date(0)).source("c1", async () => answers.shift() ?? Promise.reject());

    expect([await source.get(context), await source.get(context)]).toMatchObject([
      { kind: "failed" },
      { kind: "ready" },
    ]);
  });

  it.each([
    [3600, 3_540_000],
    [100, 80_000],
    [null, 240_000],
  ])("a token of %s seconds is used for %i ms", (seconds, ms) => {
    expect(usableUntil(0, seconds)).toBe(ms);
  });
});
