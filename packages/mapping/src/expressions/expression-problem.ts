/** Why an expression cannot be used: a sentence with its place and, where there is one, the fix. */
export type ExpressionProblem = { kind: "problem"; message: string };

/** What a person's values made an expression fail with; the sentence is for whoever wrote the mapping. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}
