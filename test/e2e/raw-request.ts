import { request } from "node:http";
import { connect } from "node:net";

export type RawAnswer = { status: number; headers: NodeJS.Dict<string | string[]>; text: string };

/**
 * Sends a request that fetch would not: a Host of the caller's own, a header twice, a target that is no path. Headers
 * are name, value, name, value.
 */
export function rawRequest(
  base: string,
  {
    method = "GET",
    target,
    headers = [],
    body,
  }: { method?: string; target: string; headers?: readonly string[]; body?: string },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(base);
  const hasHost = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  const all = [...(hasHost ? [] : ["Host", `${hostname}:${port}`]), "Connection", "close", ...headers];
  const length = body === undefined ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  return new Promise((resolve, reject) => {
    const req = request(
      { hostname, port, method, path: target, headers: [...all, ...length], setHost: false },
      (res) => {
        const chunks: Buffer[] = [];
        const goesOn = res.headers["content-type"] === "text/event-stream";
        res.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          // What goes on for ever is read up to its first piece.
          if (goesOn) res.destroy();
        });
        res.on("close", () => {
          if (goesOn)
            resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString() });
        });
        res.on("end", () =>
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    req.on("error", reject);
    req.end(body);
  });
}

/** Writes bytes to the socket and gives back all that comes until the server closes it. */
export function rawBytes(base: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}
