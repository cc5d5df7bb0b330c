import type { EventPosition } from "@muster/store";

const VERSION = "1";
/** Transaction ids have 64 bits. */
const MAX_PLACE = 2n ** 64n - 1n;

/** Writes a position as readers hold it: opaque, and the same for as long as this version of it is understood. */
export function encodeCursor({ place, seq, snapshot }: EventPosition): string {
  const parts = snapshot === null ? [VERSION, place, seq] : [VERSION, place, seq, snapshot];
  return Buffer.from(parts.join("~")).toString("base64url");
}

/** Reads a cursor; undefined when it is none that `encodeCursor` could have written. */
export function decodeCursor(cursor: string): EventPosition | undefined {
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  const [version, place = "", seqText = "", snapshot = null, ...rest] = text.split("~");
  const seq = Number(seqText);
  if (version !== VERSION || rest.length > 0 || !isId(place) || !/^\d{1,16}$/.test(seqText)) return undefined;
  if (!Number.isSafeInteger(seq) || (snapshot !== null && !isSnapshot(snapshot))) return undefined;
  const position = { place, seq, snapshot };
  // One spelling for each position: base64 has several for some bytes.
  return encodeCursor(position) === cursor ? position : undefined;
}

function isId(text: string): boolean {
  return /^(?:0|[1-9]\d{0,19})$/.test(text) && BigInt(text) <= MAX_PLACE;
}

/** As Postgres writes a snapshot: first, end, and those between that had not ended, in their order. */
function isSnapshot(text: string): boolean {
  const [first = "", end = "", open = "", ...rest] = text.split(":");
  const between = open === "" ? [] : open.split(",");
  if (rest.length > 0 || ![first, end, ...between].every(isId) || text.split(":").length !== 3) return false;
  const ids = [first, ...between, end].map(BigInt);
  return ids[0] !== 0n && ids.every((id, at) => isAfter(id, ids[at - 1], at === 1 || at === ids.length - 1));
}

function isAfter(id: bigint, before: bigint | undefined, maySame: boolean): boolean {
  if (before === undefined) return true;
  return maySame ? id >= before : id > before;
}
