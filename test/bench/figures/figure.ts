/** One line of the table. `gate` and `goal` are missing where a number is only shown. */
export type Figure = {
  id: string;
  name: string;
  ours: string;
  /** What it was measured against in the same rounds, and its value. */
  against?: string;
  /** What is judged: a ratio, or our own value where there is nothing to compare with. */
  judged?: number;
  gate?: Bound;
  goal?: Bound;
  /** A time that other work on the machine lengthens, like a rate, though nothing stands beside it. */
  isTime?: true;
};

export type Bound = { atLeast: number } | { atMost: number };

/** What one benchmark found. With a fault no figure of it counts. */
export type Measurement = { figures: Figure[]; faults: string[] };

export type Size = {
  /** Interleaved rounds; the median counts. */
  rounds: number;
  /** Length of a timed cell. */
  seconds: number;
  /** Accounts pushed in each round. */
  users: number;
  /** People in the directories that are seeded. */
  people: number;
};

export type Verdict = "goal" | "gate" | "MISSED" | "";

/** Tells what a figure holds; empty where it holds neither and has no gate to miss. */
export function verdictOf(figure: Figure): Verdict {
  const { judged, gate, goal } = figure;
  if (judged === undefined) return "";
  if (gate !== undefined && !holds(gate, judged)) return "MISSED";
  if (goal !== undefined && holds(goal, judged)) return "goal";
  return gate === undefined ? "" : "gate";
}

function holds(bound: Bound, value: number): boolean {
  return "atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost;
}

/** A bound as the table shows it. */
export function showBound(bound: Bound | undefined): string {
  if (bound === undefined) return "";
  return "atLeast" in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`;
}
