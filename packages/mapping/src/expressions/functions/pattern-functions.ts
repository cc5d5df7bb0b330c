import { type CelFunc, CelScalar, celMethod } from "@bufbuild/cel";
import { RE2JS } from "re2js";
import { EvaluationError } from "../expression-problem.ts";
import type { Meter } from "../meter.ts";
import { textOf, valueFunction } from "./arguments.ts";

const { BOOL, STRING } = CelScalar;
const PATTERN_CHARACTERS = 200;
const TEXT_CHARACTERS = 1024;
/** Steps for making a pattern ready, the first time that an expression meets it. */
const PATTERN_STEPS = 1000;
/** An expression with patterns made of people's values must not keep them all. */
const KEPT_PATTERNS = 20;

/** The functions on patterns, which run on an engine whose time grows with the text and no faster (V47). */
export function patternFunctions(meter: Meter): CelFunc[] {
  const ready = new Map<string, RE2JS>();
  const compile = (pattern: string): RE2JS => {
    const known = ready.get(pattern);
    if (known !== undefined) return known;
    if (pattern.length > PATTERN_CHARACTERS)
      throw new EvaluationError(`has a pattern of more than ${PATTERN_CHARACTERS} characters`);
    meter.spend(PATTERN_STEPS);
    if (ready.size >= KEPT_PATTERNS) ready.clear();
    const compiled = RE2JS.compile(pattern);
    ready.set(pattern, compiled);
    return compiled;
  };
  const search = (text: string): void => {
    if (text.length > TEXT_CHARACTERS)
      throw new EvaluationError(
        `looks for a pattern in a text of ${text.length} characters; ${TEXT_CHARACTERS} are allowed`,
      );
    meter.spend(1 + Math.ceil(text.length / 16));
  };

  return [
    celMethod("matches", STRING, [STRING], BOOL, function (pattern) {
      search(this);
      return compile(pattern).matcher(this).find();
    }),
    // Every match, or what its group took where one is named, becomes the new text.
    valueFunction("replacePattern", 4, (value, pattern, group, by) => {
      const text = textOf(value, "replacePattern");
      if (text === null) return null;
      const name = textOf(group, "replacePattern") ?? "";
      const matcher = compile(textOf(pattern, "replacePattern") ?? "").matcher(text);
      const part = name === "" ? 0 : name;
      const pieces: string[] = [];
      let end = 0;
      for (search(text); matcher.find(); search(text)) {
        const start = matcher.start(part);
        if (start < end) continue;
        pieces.push(text.slice(end, start), textOf(by, "replacePattern") ?? "");
        end = matcher.end(part);
      }
      const result = pieces.join("") + text.slice(end);
      meter.text(result.length);
      return result;
    }),
  ];
}
