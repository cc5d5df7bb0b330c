import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countKept, countMembers, findRepeatedName } from "./json-members.ts";
import { BodyError, parseJson, readJson } from "./read-json.ts";

const limits = { maxBytes: 400_000, maxDepth: 32 };
const server = createServer((req, res) => {
  readJson(req, limits).then(
    (body) => {
      res.end(body === undefined ? "undefined" : JSON.stringify(body));
    },
    (error: unknown) => {
      res.statusCode = error instanceof BodyError ? error.status : 500;
      lastReason = error instanceof BodyError ? error.reason : String(error);
      res.end(lastReason);
    },
  );
});
let origin = "";
let lastReason = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function post(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
): Promise<[number, string]> {
  const reply = await fetch(origin, {
    method: "POST",
    body,
    headers,
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
  });
  return [reply.status, await reply.text()];
}

function nested(depth: number, open = "[", close = "]"): string {
  return open.repeat(depth) + close.repeat(depth);
}

function chunked(text: string, chunkLength: number): ReadableStream {
  return ReadableStream.from(
    (function* chunks() {
      for (let start = 0; start < text.length; start += chunkLength) {
        yield Buffer.from(text.slice(start, start + chunkLength));
      }
    })(),
  );
}

describe("readJson", () => {
  it("reads JSON, whole or in chunks that cut characters in two", async () => {
    const text = JSON.stringify({ userName: "Žofie 🦊", emails: [{ value: "z@example.com" }] });
    const bytes = Buffer.from(text);
    const bytewise = ReadableStream.from(Array.from(bytes, (byte) => Buffer.of(byte)));

    expect(await post(text)).toEqual([200, text]);
    expect(await post(bytewise)).toEqual([200, text]);
  });

  it("gives undefined for an empty or blank body and drops a byte order mark", async () => {
    expect(await post("")).toEqual([200, "undefined"]);
    expect(await post(" \r\n")).toEqual([200, "undefined"]);
    expect(await post("\uFEFF[1]")).toEqual([200, "[1]"]);
    expect(await (await fetch(origin)).text()).toBe("undefined");
  });

  it("V42: refuses depth 33 and depth 100,000 before parsing, takes depth 32", async () => {
    expect((await post(nested(32)))[0]).toBe(200);
    for (const body of [
      nested(33),
      nested(100_000),
      nested(33, '{"a":', "}").replace('{"a":}', '{"a":1}'),
      "[".repeat(300_000),
    ]) {
      expect(await post(body)).toEqual([400, "The body is nested deeper than 32 levels"]);
    }
  });

  it("V41: refuses prototype keys at every depth and in every spelling", async () => {
    const spellings = [
      '"__proto__": 1',
      '"__proto__":{"a":1}',
      '"\\u005f_proto__":{}',
      '"__\\u0070roto__" : {}',
      '"constructor":{"prototype":{"a":1}}',
      '"c\\u006fnstructor":{"prototype":null}',
    ];
    for (const member of spellings) {
      for (const body of [`{${member}}`, `[{"a":{"b":[{${member}}]}}]`]) {
        expect((await post(body))[0], body).toBe(400);
      }
    }

    expect((await post('{"constructor":"Bob the builder","prototype":{},"a":"__proto__"}'))[0]).toBe(200);
  });

  it("F45: answers 400 to what is not UTF-8 JSON, without quoting it", async () => {
    const bodies = [
      "{",
      "{'a':1}",
      "[1,]",
      "NaN",
      "hunter2",
      '"\u0001"',
      "[1] [2]",
      "\u0000",
      Buffer.of(0x22, 0xff, 0x22),
      Buffer.of(0x22, 0xc3, 0x22),
      Buffer.from('{"a":1}', "utf16le"),
      Buffer.of(0x22, 0xed, 0xa0, 0x80, 0x22),
    ];
    for (const body of bodies) {
      const [status, reason] = await post(typeof body === "string" ? body : new Uint8Array(body));
      expect(status, JSON.stringify(body)).toBe(400);
      expect(reason).not.toContain("hunter2");
    }
  });

  it.each([
    ['{"active":false,"active":true}', "active"],
    ['{"a":{"b":[{"c":1,"d":{"c":2}},{"c":1 ,\n"c" : 2}]}}', "c"],
    ['{"userName":"x","\\u0075serName":"y"}', "userName"],
    ['{"":1,"":2}', ""],
    ['{"a\\"b":1,"a\\"b":{}}', 'a"b'],
    ['{"\\u0007é":1,"\\u0007é":1}', "??"],
    [`{"${"n".repeat(150)}":1,"${"n".repeat(150)}":1}`, `${"n".repeat(100)}...`],
  ])("F45: refuses a name that one object has twice, and names it: %s", async (body, name) => {
    expect(await post(body)).toEqual([400, `"${name}" comes twice in one object; send it once`]);
  });

  it("F45: takes a name again in another object, in a text, or in other letters", async () => {
    const body = '{"a":{"a":1},"b":[{"a":2},{"a":"{\\"a\\":1,\\"a\\":2}"}],"A":": a"}';
    expect((await post(body))[0]).toBe(200);
  });

  it("lets escaped NUL and lone surrogates through, for the schema to refuse (V48)", () => {
    expect(parseJson(Buffer.from('["\\u0000","\\ud800"]'))).toEqual(["\u0000", "\ud800"]);
  });

  it("answers 413 above the limit: announced, sent whole, or in chunks without a length", async () => {
    const atLimit = `"${"x".repeat(limits.maxBytes - 2)}"`;

    expect((await post(atLimit))[0]).toBe(200);
    expect(await post(`${atLimit} `)).toEqual([413, "The body is longer than 400000 bytes"]);
    expect((await post(chunked(`${atLimit} `, 65_536)))[0]).toBe(413);
    expect((await post(chunked(atLimit, 65_536)))[0]).toBe(200);
  });

  it("answers 413 from the announced length alone, before a byte of the body came", async () => {
    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400001\r\n\r\n");
    const [reply] = (await new Promise((resolve) => socket.once("data", (chunk) => resolve([chunk.toString()])))) as [
      string,
    ];
    socket.destroy();

    expect(reply).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("answers 415 to compressed bodies and other charsets", async () => {
    expect((await post(new Uint8Array(gzipSync("[1]")), { "content-encoding": "gzip" }))[0]).toBe(415);
    expect((await post("[1]", { "content-type": "application/json; charset=utf-16" }))[0]).toBe(415);
    expect(
      (
        await post("[1]", { "content-type": 'application/scim+json;charset="UTF-8"', "content-encoding": "identity" })
      )[0],
    ).toBe(200);
  });

  it("rejects with 408 when the client goes away in the middle", async () => {
    lastReason = "";
    const seen = new Promise<void>((resolve) => {
      server.once("request", (req) => {
        req.once("close", () => {
          setImmediate(resolve);
        });
      });
    });
    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"a":');
    socket.end();
    await seen;

    expect(lastReason).toBe("The body did not arrive completely");
  });
});

describe("countMembers", () => {
  it("measures any JSON exactly, whatever is in its strings", () => {
    const depthOf = (value: unknown): number =>
      typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, stringUnit: fc.constantFrom("[", "]", "{", "}", '"', "\\", "a", "é") }),
        (value) => {
          const json = Buffer.from(JSON.stringify(value));
          const depth = depthOf(value);
          expect(countMembers(json, depth)).toBe(countKept(value));
          if (depth > 0) {
            expect(countMembers(json, depth - 1)).toBeUndefined();
          }
        },
      ),
    );
  });
});

describe("parseJson", () => {
  it("returns a value or throws a BodyError with 400, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new Uint8Array(Buffer.from(text))),
        ),
        (bytes) => {
          try {
            parseJson(bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: "BodyError", status: 400 });
          }
        },
      ),
    );
  });
});

describe("findRepeatedName", () => {
  it("finds a name that was written twice wherever it is, and none where there is none", () => {
    const anyObject = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
    fc.assert(
      fc.property(anyObject, fc.jsonValue({ maxDepth: 3 }), fc.boolean(), (object, more, isWrapped) => {
        const text = JSON.stringify(object);
        const [name = ""] = Object.keys(object);
        const again = `${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(more)}}`;
        const twice = isWrapped ? `[{"x":${again}}]` : again;
        expect(findRepeatedName(text)).toBeUndefined();
        expect(findRepeatedName(twice)).toBe(name);
        expect(countKept(JSON.parse(twice))).toBeLessThan(countMembers(Buffer.from(twice), 32) ?? -1);
      }),
    );
  });
});
