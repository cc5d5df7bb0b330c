/** The middle of a list of numbers, the mean of the two middle ones when there is an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("a median of nothing");
  return (upper + lower) / 2;
}

/** The value below which a share of ascending values lies; `share` from 0 to 1. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const value = ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))];
  if (value === undefined) throw new Error("a quantile of nothing");
  return value;
}
