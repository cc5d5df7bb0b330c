import { formatPath } from "../attribute-path.ts";
import type { Filter } from "./filter.ts";

/** Writes a filter so that `parseFilter` gives the same filter back. */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case "compare":
      return `${formatPath(filter.path)} ${filter.op} ${JSON.stringify(filter.value)}`;
    case "present":
      return `${formatPath(filter.path)} pr`;
    case "not":
      return `not (${formatFilter(filter.operand)})`;
    case "valuePath":
      return `${formatPath(filter.path)}[${formatFilter(filter.filter)}]`;
    case "and":
    case "or":
      return filter.operands.map((operand) => formatOperand(filter.kind, operand)).join(` ${filter.kind} `);
  }
}

/** `and` binds closer than `or`; everything else that is nested needs its parentheses. */
function formatOperand(outer: "and" | "or", operand: Filter): string {
  const text = formatFilter(operand);
  return operand.kind === "or" || (operand.kind === "and" && outer === "and") ? `(${text})` : text;
}
