import type { Mapping, MappingRow, MappingRowInput } from "@muster/contract";

export type DraftRow = {
  /** Of this row in this page, so that it keeps its fields when others go. */
  key: string;
  target: string;
  language: "cel" | "entra";
  text: string;
  default: MappingRow["default"];
  required: boolean;
  onCreateOnly: boolean;
  doNotClear: boolean;
};

/** A row that says nothing yet. */
export const newRow = (): DraftRow => ({
  key: crypto.randomUUID(),
  target: "",
  language: "cel",
  text: "",
  default: null,
  required: false,
  onCreateOnly: false,
  doNotClear: false,
});

/** Saved rows as they are edited. */
export function toDraft({ rows }: Mapping): DraftRow[] {
  return rows.map(({ expression, ...row }) => ({ ...newRow(), ...row, text: expression }));
}

/** The rows of the request that saves a draft. */
export function toRows(draft: readonly DraftRow[]): MappingRowInput[] {
  return draft.map(({ key: _, language, text, target, ...row }) => ({
    ...row,
    target: target.trim(),
    ...(language === "entra" ? { entra: text } : { expression: text }),
  }));
}

/** What is missing before rows can be tried; null for nothing. */
export function lackOf(draft: readonly DraftRow[]): string | null {
  if (draft.length === 0) return "A mapping has at least the row for userName.";
  if (draft.some(({ target, text }) => target.trim() === "" || text.trim() === ""))
    return "Give each row a place and an expression.";
  const places = draft.map(({ target }) => target.trim());
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  return twice === undefined ? null : `Two rows are for ${twice}.`;
}

/** A default as it was typed: yes and no are values of their own, everything else is text. */
export function readDefault(text: string): DraftRow["default"] {
  if (text === "") return null;
  return text === "true" || text === "false" ? text === "true" : text;
}
