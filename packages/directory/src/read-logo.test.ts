import { expect, it } from "vitest";
import { readLogo } from "./read-logo.ts";

const png = (width: number, height: number, more = 0) => {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), size, Buffer.alloc(more)]);
};
const jpeg = (width: number, height: number) =>
  Buffer.concat([
    Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex"),
    Buffer.from([0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3]),
  ]);

it("A8: a PNG and a JPEG are known by what they begin with", () => {
  expect(readLogo(png(120, 40))).toEqual({ ok: true, type: "image/png" });
  expect(readLogo(jpeg(120, 40))).toEqual({ ok: true, type: "image/jpeg" });
});

it.each([
  [
    "a picture that can hold scripts",
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
    "neither",
  ],
  ["a page", Buffer.from("<html>"), "neither"],
  ["nothing", Buffer.alloc(0), "neither"],
  ["a GIF", Buffer.from("GIF89a\x01\x00\x01\x00"), "neither"],
  ["a PNG that was cut", png(1, 1).subarray(0, 20), "neither"],
  ["a JPEG without a frame", jpeg(1, 1).subarray(0, 20), "neither"],
  ["a PNG of no width", png(0, 10), "0 by 10"],
  ["a PNG that is a bomb", png(65_000, 65_000), "65000 by 65000"],
  ["a JPEG that is too wide", jpeg(1_025, 10), "1025 by 10"],
  ["a file that is too large", png(10, 10, 65_536), "64 KiB"],
])("V83: %s is refused with the reason", (_, bytes, reason) => {
  expect(readLogo(bytes)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});
