import type { Attributes, Json } from "@muster/scim";
import { parseTargetPath, readTarget } from "./target-path.ts";

/** What an app demands of one place in its users (E7). */
export type TargetRule = {
  target: string;
  isRequired: boolean;
  type: "text" | "email" | "boolean" | "number" | "any";
  maxCharacters: number | undefined;
  /** Letters that the app refuses there. */
  refusedCharacters: string;
  /** What to do when it does not fit; said after what is wrong. */
  fix: string;
  /** An expression for the place that does it, to be taken over by one press (SB19). */
  suggestion?: string;
};

/** A value that the app would refuse: where, what is wrong with it, and what to do. */
export type Violation = { target: string; message: string; suggestion?: string };

/** Checks a payload against an app's demands before anything is sent; empty when all is well. */
export function checkPayload(payload: Attributes, rules: readonly TargetRule[]): Violation[] {
  return rules.flatMap((rule) => {
    const path = parseTargetPath(rule.target);
    if (path.kind === "problem") return [];
    const wrong = whatIsWrong(readTarget(payload, path) ?? null, rule);
    if (wrong === undefined) return [];
    const { target, fix, suggestion } = rule;
    return [
      { target, message: fix === "" ? wrong : `${wrong}: ${fix}`, ...(suggestion === undefined ? {} : { suggestion }) },
    ];
  });
}

function whatIsWrong(value: Json, rule: TargetRule): string | undefined {
  if (value === null || value === "") return rule.isRequired ? "is required and has no value" : undefined;
  if (rule.type !== "any" && !isOfType(value, rule.type)) return `must be ${TYPE_NAMES[rule.type]}`;
  if (typeof value !== "string") return undefined;
  const characters = [...value].length;
  if (rule.maxCharacters !== undefined && characters > rule.maxCharacters)
    return `has ${characters} characters; the app takes ${rule.maxCharacters}`;
  const refused = [...value].find((letter) => rule.refusedCharacters.includes(letter));
  return refused === undefined ? undefined : `has the character "${refused}", which the app refuses`;
}

const TYPE_NAMES = {
  text: "a text",
  email: "an e-mail address",
  boolean: "true or false",
  number: "a number",
} as const;

function isOfType(value: Json, type: keyof typeof TYPE_NAMES): boolean {
  switch (type) {
    case "text":
      return typeof value === "string";
    case "email":
      return typeof value === "string" && isAddress(value);
    case "boolean":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number";
  }
}

/** One at sign with something on both sides and no space: enough to tell an address from a name, and no more. */
function isAddress(text: string): boolean {
  const parts = text.split("@");
  return parts.length === 2 && parts.every((part) => part !== "") && !/\s/.test(text);
}
