/** A moment as RFC 3339 writes it; null stays null. */
export function isoOrNull(moment: Date | null): string | null {
  return moment === null ? null : moment.toISOString();
}
