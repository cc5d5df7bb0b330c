export type HttpReply = { status: number; body: Buffer };

/** One whole answer at the head of a buffer, and how many bytes it took. */
export type FoundReply = HttpReply & { bytes: number; isLast: boolean };

const HEAD_END = "\r\n\r\n";
// "HTTP/1.1 201 Created": the code stands at a fixed place (RFC 9112 section 4).
const STATUS_AT = 9;

/**
 * Reads one answer from the head of what a socket has given so far; undefined while it is not whole. Only answers with a
 * length are understood, because our servers send no others and looking for chunks costs a loader time.
 *
 * @throws {Error} for an answer without a length that may have a body
 */
export function readReply(received: Buffer): FoundReply | undefined {
  const headBytes = received.indexOf(HEAD_END);
  if (headBytes === -1) return undefined;
  const head = received.toString("latin1", 0, headBytes);
  const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
  const bodyAt = headBytes + HEAD_END.length;
  const length = bodyLength(status, head);
  if (received.length < bodyAt + length) return undefined;
  return {
    status,
    body: received.subarray(bodyAt, bodyAt + length),
    bytes: bodyAt + length,
    isLast: /\r\nconnection: *close/i.test(head),
  };
}

function bodyLength(status: number, head: string): number {
  // RFC 9112 section 6.3: these have none, whatever the head says.
  if (status === 204 || status === 304) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer ${status} without a content-length`);
  return Number(length);
}
