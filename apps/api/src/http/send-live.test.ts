import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "vitest";
import { sendLive } from "./send-live.ts";

it("K7: nothing is begun for somebody who left while the request was looked at, and their place is free again", async () => {
  const told: string[] = [];
  const server = createServer();
  const over = new Promise<void>((resolve, reject) => {
    server.on("request", (_req, res) => {
      const begin = async () => {
        await once(res, "close");
        const live = () => {
          told.push("begun");
          return () => told.push("ended");
        };
        await sendLive(res, live, async () => true);
      };
      begin().then(resolve, reject);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const caller = connect((server.address() as AddressInfo).port, "127.0.0.1");
  caller.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(server, "request");
  caller.destroy();
  await over;
  server.close();

  expect(told).toEqual([]);
});
