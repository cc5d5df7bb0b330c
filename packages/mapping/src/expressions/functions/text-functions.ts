import type { CelFunc, CelValue } from "@bufbuild/cel";
import { EvaluationError } from "../expression-problem.ts";
import type { Meter } from "../meter.ts";
import { elementsOf, isEmpty, textOf, valueFunction, variadicFunction, wholeOf } from "./arguments.ts";

/** Letters that Unicode does not take apart, as people write them without their marks. */
const WHOLE_LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  Œ: "OE",
  ø: "o",
  Ø: "O",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  ð: "d",
  Ð: "D",
  þ: "th",
  Þ: "Th",
  ı: "i",
};

/** The functions on texts, by the names that people know from Entra ID. A missing text gives a missing text. */
export function textFunctions(meter: Meter): CelFunc[] {
  const made = (text: string): string => {
    meter.text(text.length);
    return text;
  };
  /** A function of one text. */
  const ofText = (name: string, change: (text: string) => string): CelFunc =>
    valueFunction(name, 1, (value) => {
      const text = textOf(value, name);
      return text === null ? null : made(change(text));
    });

  return [
    ofText("toLower", (text) => text.toLowerCase()),
    ofText("toUpper", (text) => text.toUpperCase()),
    ofText("stripSpaces", (text) => text.replaceAll(" ", "")),
    ofText("normalizeDiacritics", normalizeDiacritics),
    ofText("pCase", capitalize),
    ofText("convertToBase64", toBase64),
    ofText("convertToUTF8Hex", toHex),
    ofText("removeNonAlphanumeric", (text) => text.replaceAll(/[^\p{L}\p{N}]/gu, "")),
    valueFunction("left", 2, (value, count) => {
      const text = textOf(value, "left");
      return text === null ? null : text.slice(0, Math.max(0, wholeOf(count, "left")));
    }),
    // Places count from 1, as where the function comes from.
    valueFunction("mid", 3, (value, start, count) => {
      const text = textOf(value, "mid");
      const from = wholeOf(start, "mid") - 1;
      if (from < 0) throw new EvaluationError("mid(...) counts places from 1");
      return text === null ? null : text.slice(from, from + Math.max(0, wholeOf(count, "mid")));
    }),
    valueFunction("word", 3, (value, place, delimiters) => {
      const text = textOf(value, "word") ?? "";
      const between = new Set(textOf(delimiters, "word"));
      return wordsOf(text, between)[wholeOf(place, "word") - 1] ?? "";
    }),
    valueFunction("inStr", 2, (value, part) => placeOf(value, part, 1)),
    valueFunction("inStr", 3, (value, part, start) => placeOf(value, part, wholeOf(start, "inStr"))),
    valueFunction("append", 2, (value, suffix) => {
      const text = textOf(value, "append");
      return text === null ? null : made(text + (textOf(suffix, "append") ?? ""));
    }),
    valueFunction("replaceText", 3, (value, part, by) => {
      const text = textOf(value, "replaceText");
      if (text === null) return null;
      return replaceAll(meter, text, textOf(part, "replaceText") ?? "", textOf(by, "replaceText") ?? "");
    }),
    ...variadicFunction("join", 1, ([separator = null, ...parts]) => {
      const texts = parts.flatMap(elementsOf).filter((part) => !isEmpty(part));
      return made(texts.map((part) => textOf(part, "join")).join(textOf(separator, "join") ?? ""));
    }),
  ];
}

/** Replaces every occurrence; the length is known before the text is made. An empty part occurs nowhere. */
export function replaceAll(meter: Meter, text: string, part: string, by: string): string {
  if (part === "") return text;
  const pieces = text.split(part);
  meter.text(text.length + (pieces.length - 1) * (by.length - part.length));
  return pieces.join(by);
}

function normalizeDiacritics(text: string): string {
  const bare = text
    .normalize("NFD")
    .replaceAll(/\p{Mn}/gu, "")
    .normalize("NFC");
  return Array.from(bare, (letter) => WHOLE_LETTERS[letter] ?? letter).join("");
}

function capitalize(text: string): string {
  return text.toLowerCase().replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
}

function wordsOf(text: string, delimiters: ReadonlySet<string>): string[] {
  const words = [""];
  for (const letter of text) {
    if (delimiters.has(letter)) words.push("");
    else words[words.length - 1] += letter;
  }
  return words.filter((word) => word !== "");
}

/** The place of a part, counted from 1; 0 where it is not. */
function placeOf(value: CelValue, part: CelValue, start: number): bigint {
  const [text, sought] = [textOf(value, "inStr") ?? "", textOf(part, "inStr") ?? ""];
  return BigInt(text.indexOf(sought, start - 1) + 1);
}

/** Of the text in UTF-16, as Entra writes it. */
function toBase64(text: string): string {
  const bytes = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)).flatMap((unit) => [
    unit & 255,
    unit >> 8,
  ]);
  return btoa(String.fromCharCode(...bytes));
}

function toHex(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}
