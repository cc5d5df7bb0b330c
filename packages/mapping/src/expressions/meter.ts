import { EvaluationError } from "./expression-problem.ts";
import { expressionLimits } from "./limits.ts";

/** Counts what one evaluation costs and ends it when that is too much. */
export type Meter = {
  /** Starts the count again, before each evaluation. */
  reset(): void;
  spend(steps: number): void;
  /** Charges for a text that is about to be made, and refuses one that is too long. */
  text(characters: number): void;
  /** Refuses a list that is too long. */
  list(elements: number): void;
  /** Whether the count ran out: `||` may have swallowed the error that said so. */
  isSpent(): boolean;
};

/** Makes the meter of one expression. Evaluations are synchronous, so one count is enough. */
export function createMeter(): Meter {
  let left = 0;
  const spend = (steps: number): void => {
    left -= steps;
    if (left < 0) throw new EvaluationError("takes too many steps: loop over shorter lists");
  };
  return {
    reset: () => {
      left = expressionLimits.steps;
    },
    spend,
    text(characters) {
      if (characters > expressionLimits.text)
        throw new EvaluationError(`makes a text of ${characters} characters; ${expressionLimits.text} are allowed`);
      spend(Math.ceil(characters / 64));
    },
    list(elements) {
      if (elements > expressionLimits.list)
        throw new EvaluationError(`makes a list of ${elements} elements; ${expressionLimits.list} are allowed`);
    },
    isSpent: () => left < 0,
  };
}
