import type { LogoType } from "@muster/store";

/** What a logo may be at most: the head of a page shows it 32 pixels high. */
const MAX_BYTES = 65_536;
const MAX_PIXELS = 1_024;

export type ReadLogo = { ok: true; type: LogoType } | { ok: false; reason: string };

const refuse = (reason: string): ReadLogo => ({ ok: false, reason });

/** Tells by its first bytes what a picture is and whether it may be a logo. What a file says of itself counts for nothing. */
export function readLogo(bytes: Buffer): ReadLogo {
  if (bytes.byteLength > MAX_BYTES) return refuse(`it is larger than ${MAX_BYTES / 1024} KiB`);
  const png = sizeOfPng(bytes);
  const size = png ?? sizeOfJpeg(bytes);
  if (size === null) return refuse("it is neither a PNG nor a JPEG picture");
  if (size.width < 1 || size.height < 1 || size.width > MAX_PIXELS || size.height > MAX_PIXELS)
    return refuse(`it is ${size.width} by ${size.height} pixels, and at most ${MAX_PIXELS} by ${MAX_PIXELS} are taken`);
  return { ok: true, type: png === null ? "image/jpeg" : "image/png" };
}

type Size = { width: number; height: number };

const PNG_HEAD = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

/** By the chunk that every PNG begins with (PNG section 11.2.1). */
function sizeOfPng(bytes: Buffer): Size | null {
  if (bytes.byteLength < PNG_HEAD.byteLength + 8 || !bytes.subarray(0, PNG_HEAD.byteLength).equals(PNG_HEAD))
    return null;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** By the first marker that begins a frame (ITU T.81 section B.2.2). */
function sizeOfJpeg(bytes: Buffer): Size | null {
  if (bytes.byteLength < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 <= bytes.byteLength; ) {
    const [mark, kind = 0] = bytes.subarray(at, at + 2);
    if (mark !== 0xff) return null;
    const isFrame = kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc;
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}
