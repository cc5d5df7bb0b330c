import { maxNotes } from "./limits.ts";

/** What a client sent that the standard does not say, and what it was taken to mean; never holds personal values. */
export type DialectNote = { seen: string; taken: string };

export type Notes = { add(seen: string, taken: string): void; list(): DialectNote[] };

/** Collects the notes of one request, each once, up to `maxNotes`. */
export function collectNotes(): Notes {
  const kept: DialectNote[] = [];
  return {
    add(seen, taken) {
      if (kept.length >= maxNotes) return;
      if (kept.some((note) => note.seen === seen && note.taken === taken)) return;
      kept.push({ seen, taken });
    },
    list: () => kept,
  };
}

/**
 * Quotes a name that came from outside: printable ASCII only and at most 100 characters, so that it can go into notes,
 * details, logs and databases whatever was sent.
 */
export function quoteName(name: string): string {
  const printable = name.slice(0, 100).replace(/[^\x20-\x7E]/g, "?");
  return name.length > 100 ? `"${printable}..."` : `"${printable}"`;
}
