import { expect, it } from "vitest";
import { readReply } from "./read-reply.ts";

const created = 'HTTP/1.1 201 Created\r\nContent-Type: application/scim+json\r\nContent-Length: 8\r\n\r\n{"id":1}';

it("reads an answer once all of its body is there", () => {
  const whole = Buffer.from(`${created}HTTP/1.1 200 OK\r\n`);

  expect(readReply(whole.subarray(0, 40))).toBeUndefined();
  expect(readReply(whole.subarray(0, created.length - 1))).toBeUndefined();
  expect(readReply(whole)).toMatchObject({ status: 201, bytes: created.length, isLast: false });
  expect(readReply(whole)?.body.toString()).toBe('{"id":1}');
});

it("reads an answer without a body by its status", () => {
  const head = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

  expect(readReply(Buffer.from(head))).toMatchObject({ status: 204, bytes: head.length, isLast: true });
});

it("refuses an answer whose end it cannot know", () => {
  expect(() => readReply(Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))).toThrow(
    "without a content-length",
  );
});
