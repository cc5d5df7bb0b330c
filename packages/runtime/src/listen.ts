import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

const DEFAULT_TIMEOUTS = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 65_000, closeMs: 10_000 };
const MAX_HEADER_BYTES = 16 * 1024;
const DEFAULT_MAX_CONNECTIONS = 1000;
/** Connections above the limit that still get a 503 with words; beyond them the socket is just closed. */
const POLITE_CONNECTIONS = 100;

export type ErrorBody = { contentType: string; body: string };

export type ListenTimeouts = {
  /** From the first byte to the end of the headers. */
  headersMs: number;
  /** From the first byte to the end of the body. */
  requestMs: number;
  /** An idle connection between two requests; longer than the 60 s of the usual load balancer. */
  keepAliveMs: number;
  /** How long `close` waits for requests that are being answered. */
  closeMs: number;
};

export type ListenInput = {
  handler: RequestListener;
  host: string;
  /** 0 means any free port. */
  port: number;
  /** The body of an answer that no handler gets to give: 400, 408, 413, 417, 431, 503. */
  onParseError?: (status: number) => ErrorBody;
  timeouts?: Partial<ListenTimeouts>;
  maxConnections?: number;
};

export type HttpServer = {
  /** Without a slash at the end; a wildcard host shows as loopback. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, ends idle connections, waits for requests being answered, then cuts what is left. */
  close(): Promise<void>;
};

/**
 * Serves HTTP with the limits of D18, also for what never reaches a handler: broken, slow or oversized requests get a
 * whole answer in the caller's error format (V62). Repeated headers are joined, so that a second Authorization shows.
 *
 * @throws {Error} a sentence that names PORT or HOST if the address cannot be had
 */
export async function listen(input: ListenInput): Promise<HttpServer> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...input.timeouts };
  const maxConnections = input.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  const answer = rawAnswer(input.onParseError);
  const server = createServer({
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    // The timeouts above are looked at this often; the default of 30 s would triple the first.
    connectionsCheckingInterval: Math.min(1000, Math.ceil(timeouts.headersMs / 4)),
    maxHeaderSize: MAX_HEADER_BYTES,
    joinDuplicateHeaders: true,
    // Checked below, because Node's own refusal has no body.
    requireHostHeader: false,
  });
  server.maxConnections = maxConnections + POLITE_CONNECTIONS;
  const connections = trackConnections(server);

  const refuse = (res: ServerResponse, status: number): void => {
    const { contentType, body } = errorBody(input.onParseError, status);
    res.writeHead(status, { ...PLAIN_HEADERS, "Content-Type": contentType, Connection: "close" });
    res.end(body);
  };
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    connections.enter(req, res);
    if (connections.rank(req.socket) > maxConnections) {
      refuse(res, 503);
    } else if (req.headers.host === undefined && req.httpVersion === "1.1") {
      refuse(res, 400);
    } else {
      input.handler(req, res);
    }
  };
  server.on("request", onRequest);
  server.on("checkExpectation", (req: IncomingMessage, res: ServerResponse) => {
    connections.enter(req, res);
    refuse(res, 417);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable || connections.hasAnswered(socket)) {
      socket.destroy();
      return;
    }
    socket.end(answer(parseErrorStatus(error.code ?? "")), () => socket.destroy());
  });

  await listenOn(server, input);
  // One connection that could not be accepted must not end the process.
  server.on("error", () => undefined);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${urlHost(input.host)}:${String(port)}`,
    port,
    close: () => closeServer(server, connections, timeouts.closeMs),
  };
}

const PLAIN_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'",
  "X-Content-Type-Options": "nosniff",
};

type Exchange = { req: IncomingMessage; res: ServerResponse };

type Connections = {
  enter(req: IncomingMessage, res: ServerResponse): void;
  /** How many connections were open when this one came, itself included. */
  rank(socket: Duplex): number;
  /** Whether the request that is still coming in on this socket has got its answer, or part of it. */
  hasAnswered(socket: Duplex): boolean;
  endIdle(): void;
};

function trackConnections(server: Server): Connections {
  const open = new Map<Duplex, { rank: number; current: Exchange | null }>();
  let isClosing = false;
  server.on("connection", (socket: Socket) => {
    open.set(socket, { rank: open.size + 1, current: null });
    socket.once("close", () => open.delete(socket));
  });
  return {
    rank: (socket) => open.get(socket)?.rank ?? 0,
    enter: (req, res) => {
      const entry = open.get(req.socket);
      if (entry === undefined) {
        return;
      }
      entry.current = { req, res };
      if (isClosing) {
        res.shouldKeepAlive = false;
        endAfter({ req, res });
      }
    },
    hasAnswered: (socket) => {
      const current = open.get(socket)?.current ?? null;
      return current !== null && !isOver(current) && current.res.headersSent;
    },
    endIdle: () => {
      isClosing = true;
      for (const [socket, { current }] of open) {
        if (current === null || isOver(current)) {
          socket.destroy();
          continue;
        }
        endAfter(current);
        if (!current.res.headersSent) {
          current.res.shouldKeepAlive = false;
        }
      }
    },
  };
}

/** Ends a connection with the answer that is on its way. */
function endAfter({ req, res }: Exchange): void {
  res.once("close", () => {
    req.socket.destroySoon();
  });
}

function isOver({ req, res }: Exchange): boolean {
  return req.complete && res.writableFinished;
}

function parseErrorStatus(code: string): number {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return 431;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return 408;
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return 413;
    default:
      return 400;
  }
}

function errorBody(onParseError: ListenInput["onParseError"], status: number): ErrorBody {
  return (
    onParseError?.(status) ?? { contentType: "text/plain; charset=utf-8", body: `${STATUS_CODES[status] ?? "Error"}\n` }
  );
}

function rawAnswer(onParseError: ListenInput["onParseError"]): (status: number) => string {
  return (status) => {
    const { contentType, body } = errorBody(onParseError, status);
    const headers = {
      ...PLAIN_HEADERS,
      "Content-Type": contentType,
      "Content-Length": String(Buffer.byteLength(body)),
      Connection: "close",
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return [`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? "Error"}`, ...lines, "", body].join("\r\n");
  };
}

async function listenOn(server: Server, { host, port }: ListenInput): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new Error(listenFailure(error.code ?? "unknown error", host, port), { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}

function listenFailure(code: string, host: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `port ${String(port)} on ${host} is in use: set PORT to a free one, or to 0 for any`;
    case "EACCES":
      return `port ${String(port)} on ${host} needs more rights: set PORT to 1024 or above`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `this machine has no address ${host}: set HOST to one that it has, such as 127.0.0.1`;
    default:
      return `cannot listen on ${host} port ${String(port)} (${code})`;
  }
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "") {
    return "127.0.0.1";
  }
  if (host === "::") {
    return "[::1]";
  }
  return host.includes(":") ? `[${host}]` : host;
}

async function closeServer(server: Server, connections: Connections, closeMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    // The only error is that it is closed already, which is what the caller wants.
    server.close(() => {
      resolve();
    });
  });
  connections.endIdle();
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, closeMs);
  await closed;
  clearTimeout(cut);
}
