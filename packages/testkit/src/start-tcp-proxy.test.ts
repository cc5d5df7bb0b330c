import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTcpProxy, type TcpProxy } from "./start-tcp-proxy.ts";
import { waitFor } from "./wait-for.ts";

describe("startTcpProxy", () => {
  let heard: string;
  let upstream: Server;
  let proxy: TcpProxy;
  let callers: Caller[];

  beforeEach(async () => {
    heard = "";
    callers = [];
    upstream = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (piece) => {
        heard += String(piece);
        socket.write(`echo:${String(piece)}`);
      });
      socket.on("end", () => socket.end("bye"));
    }).listen(0, "127.0.0.1");
    await once(upstream, "listening");
    proxy = await startTcpProxy({ upstream: { host: "127.0.0.1", port: (upstream.address() as AddressInfo).port } });
  });

  afterEach(async () => {
    for (const caller of callers) {
      caller.socket.destroy();
    }
    await proxy.close();
    upstream.close();
    await once(upstream, "close");
  });

  type Caller = { socket: Socket; reply: string; hasEnded: boolean; errorCode: string };

  async function call(): Promise<Caller> {
    const socket = connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true });
    const caller: Caller = { socket, reply: "", hasEnded: false, errorCode: "" };
    callers.push(caller);
    socket.on("data", (piece) => {
      caller.reply += String(piece);
    });
    socket.on("end", () => {
      caller.hasEnded = true;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      caller.errorCode = error.code ?? "";
    });
    await once(socket, "connect");
    return caller;
  }

  function until(condition: () => unknown, what: string): Promise<unknown> {
    return waitFor(condition, { timeoutMs: 5_000, everyMs: 2, what });
  }

  it("passes both directions and each end of them", async () => {
    const caller = await call();

    caller.socket.end("hello");

    await until(() => caller.hasEnded, "the end of the reply");
    expect(caller.reply).toBe("echo:hellobye");
    expect(proxy.counts()).toEqual({ connections: 1, requestBytes: 5, replyBytes: 13, swallowedReplyBytes: 0 });
  });

  it("holds everything while stalled, and lets it go in order afterwards", async () => {
    const caller = await call();
    await proxy.setMode({ kind: "stall" });
    caller.socket.write("one ");
    caller.socket.end("two");
    // A second connection that gets through the stall would be seen in the counts as well.
    await call();
    await until(() => proxy.counts().connections === 2, "both connections");
    expect(heard).toBe("");

    await proxy.setMode({ kind: "pass" });

    await until(() => caller.hasEnded, "the end of the reply");
    expect(heard).toBe("one two");
  });

  it("lets the upstream hear and answer but swallows the reply", async () => {
    await proxy.setMode({ kind: "swallow-reply" });
    const caller = await call();

    caller.socket.write("create");

    await until(() => proxy.counts().swallowedReplyBytes === 11, "the reply to be swallowed");
    expect(heard).toBe("create");
    expect(caller.reply).toBe("");
    await proxy.setMode({ kind: "pass" });
    caller.socket.write("x");
    await until(() => caller.reply === "echo:x", "the next reply");
  });

  it("resets both ends after so many bytes of the reply", async () => {
    await proxy.setMode({ kind: "reset-after", bytes: 7, of: "reply" });
    const caller = await call();

    caller.socket.write("hello");

    await until(() => caller.errorCode === "ECONNRESET", "the reset");
    expect(heard).toBe("hello");
    expect(proxy.counts().replyBytes).toBe(7);
  });

  it("resets before the upstream has heard the whole request", async () => {
    await proxy.setMode({ kind: "reset-after", bytes: 3, of: "request" });
    const caller = await call();

    caller.socket.write("hello");

    await until(() => caller.errorCode === "ECONNRESET", "the reset");
    expect("hel").toContain(heard);
    expect(proxy.counts().requestBytes).toBe(3);
  });

  it("ends the reply while requests still go through", async () => {
    const caller = await call();
    caller.socket.write("one ");
    await until(() => caller.reply === "echo:one ", "the first reply");

    await proxy.setMode({ kind: "half-close" });

    await until(() => caller.hasEnded, "the end of the reply");
    caller.socket.write("two");
    await until(() => heard === "one two", "the second request");
    expect(caller.reply).toBe("echo:one ");
  });

  it("refuses new connections and resets open ones, then listens again on the same port", async () => {
    const open = await call();
    const { port } = proxy;

    await proxy.setMode({ kind: "refuse" });

    await until(() => open.errorCode === "ECONNRESET", "the reset");
    await expect(call()).rejects.toThrow("ECONNREFUSED");
    await proxy.setMode({ kind: "pass" });
    const again = await call();
    again.socket.write("hi");
    await until(() => again.reply === "echo:hi", "a reply");
    expect(proxy.port).toBe(port);
  });

  it("delays pieces without mixing them up", async () => {
    await proxy.setMode({ kind: "delay", delayMs: 30 });
    const caller = await call();

    caller.socket.write("one ");
    caller.socket.end("two");

    await until(() => caller.hasEnded, "the end of the reply");
    expect(heard).toBe("one two");
  });

  it("resets the caller when the upstream is not there", async () => {
    const nobody = createServer().listen(0, "127.0.0.1");
    await once(nobody, "listening");
    const { port } = nobody.address() as AddressInfo;
    nobody.close();
    await once(nobody, "close");
    await proxy.close();
    proxy = await startTcpProxy({ upstream: { host: "127.0.0.1", port } });

    const caller = await call();

    await until(() => caller.errorCode === "ECONNRESET", "the reset");
  });
});
