import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** What a name server does when it is asked for the address of any name. */
export type NameAnswer =
  | { kind: "address"; address: string; afterMs?: number }
  /** SERVFAIL: the server is there and cannot help. */
  | { kind: "failure" };

export type NameServer = {
  readonly port: number;
  set(answer: NameAnswer): void;
  /** How often it was asked. */
  asked(): number;
  /** How often it has answered. */
  answered(): number;
  close(): Promise<void>;
};

const TYPE_A = 1;
const SERVFAIL = 2;

/** Starts a DNS server on loopback that gives every name one IPv4 address, or none (RFC 1035). */
export async function startNameServer(first: NameAnswer): Promise<NameServer> {
  let answer = first;
  let [asked, answered] = [0, 0];
  const waiting = new Set<NodeJS.Timeout>();
  const socket: Socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    asked += 1;
    const reply = replyTo(query, answer);
    const delayMs = answer.kind === "address" ? (answer.afterMs ?? 0) : 0;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      answered += 1;
      socket.send(reply, from.port, from.address, () => undefined);
    }, delayMs).unref();
    waiting.add(timer);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    set(next) {
      answer = next;
    },
    asked: () => asked,
    answered: () => answered,
    async close() {
      for (const timer of waiting) clearTimeout(timer);
      socket.close();
      await once(socket, "close");
    },
  };
}

function replyTo(query: Buffer, answer: NameAnswer): Buffer {
  // The one question: labels up to an empty one, then its type and class.
  const nameEnd = query.indexOf(0, 12) + 1;
  const question = query.subarray(12, nameEnd + 4);
  const isAnswered = answer.kind === "address" && query.readUInt16BE(nameEnd) === TYPE_A;
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (answer.kind === "failure" ? SERVFAIL : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(isAnswered ? 1 : 0, 6);
  if (!isAnswered) return Buffer.concat([head, question]);
  // The name of the question, A, IN, valid for no time, four bytes.
  const record = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4]);
  return Buffer.concat([head, question, record, Buffer.from(answer.address.split(".").map(Number))]);
}
