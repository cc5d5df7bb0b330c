import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Exchange, openPlayer } from "./driver.ts";

type Heard = { method: string; target: string; headers: NodeJS.Dict<string | string[]>; text: string };

describe("the driver", () => {
  const heard: Heard[] = [];
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((req, res) => {
      let text = "";
      req.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      req.on("end", () => {
        heard.push({ method: req.method ?? "", target: req.url ?? "", headers: req.headers, text });
        res.writeHead(200, { "Content-Type": "application/scim+json" });
        res.end(JSON.stringify({ id: "u-1", Resources: [{ id: "r-1" }], count: 7 }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  function exchange(name: string, request: Exchange["request"]): Exchange {
    return { name, does: "", source: "", request, expect: { status: 200, body: { id: "{{first.id}}" } } };
  }

  it("sends the path and the headers letter for letter, and puts in what earlier answers hold", async () => {
    const player = openPlayer({ url, token: "t" }, "run-7");
    await player.play(exchange("first", { method: "GET", path: "/Users?filter=a+eq+%22{{run}}%22&" }));
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    const body = { id: "{{first.Resources.0.id}}", list: [{ $times: 2, $each: { value: "x{{n}}" } }, "{{first.id}}"] };
    const { expected } = await player.play(
      exchange("second", { method: "PUT", path: "/Users/{{first.id}}?", headers, body }),
    );
    await player.play(exchange("third", { method: "POST", path: "/Users", body: "{not json" }));

    expect(heard.map(({ method, target }) => `${method} ${target}`)).toEqual([
      "GET /scim/Users?filter=a+eq+%22run-7%22&",
      "PUT /scim/Users/u-1?",
      "POST /scim/Users",
    ]);
    expect(heard[0]?.headers).toEqual({ authorization: "Bearer t", host: new URL(url).host, connection: "keep-alive" });
    expect(heard[1]?.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(heard[1]?.text).toBe('{"id":"r-1","list":[{"value":"x1"},{"value":"x2"},"u-1"]}');
    expect(heard[2]?.text).toBe("{not json");
    expect(expected).toEqual({ status: 200, body: { id: "u-1" } });
  });

  it("stops at an answer that lacks what a later request needs, and at an id that is a number", async () => {
    const player = openPlayer({ url, token: "t" }, "run-8");
    await player.play({ ...exchange("first", { method: "GET", path: "/Users" }), expect: { status: 200 } });

    for (const place of ["first.externalId", "first.count", "second.id"])
      await expect(player.play(exchange("x", { method: "GET", path: `/Users/{{${place}}}` }))).rejects.toThrow(
        `{{${place}}} is not text in any earlier answer`,
      );
  });
});
