/** What one expression may be and cost; numbers chosen so that the worst one ends within tens of milliseconds (V86). */
export const expressionLimits = {
  /** Characters of its text. */
  characters: 4000,
  /** How deep brackets may be nested in its text, before anything recursive looks at it. */
  brackets: 40,
  /** Levels and parts of what was parsed. */
  depth: 100,
  parts: 1000,
  /** Parts evaluated in one go, those of a loop once per turn, plus one for each 64 characters that a function makes. */
  steps: 50_000,
  /** Characters of any text on the way, elements of any list, and elements of a value with all that is inside it. */
  text: 4096,
  list: 1000,
  weight: 10_000,
} as const;
