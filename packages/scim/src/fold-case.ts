const beyondAscii = /\P{ASCII}/u;

/**
 * Folds a string for every comparison without case: uniqueness, look-ups, filters.
 *
 * NFC, lower case, NFC again (lower-casing can part what NFC joined), and one small sigma: JavaScript writes a final
 * sigma differently, so that without the last step a prefix would not fold like the start of the whole.
 * Idempotent. Never merges what Unicode holds apart (dotless i and i, sharp s and ss).
 */
export function foldCase(value: string): string {
  if (!beyondAscii.test(value)) return value.toLowerCase();
  return value.normalize("NFC").toLowerCase().normalize("NFC").replaceAll("\u03C2", "\u03C3");
}
