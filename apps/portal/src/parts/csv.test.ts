import { describe, expect, it } from "vitest";
import { type Column, toCsv } from "./csv.ts";

const COLUMNS: readonly Column<{ name: unknown }>[] = [["name", ({ name }) => name]];
const cellOf = (name: unknown) => toCsv(COLUMNS, [{ name }]).split("\r\n").slice(1).join("\r\n").replace(/\r\n$/, "");

describe("V84: a file for spreadsheets", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠SUM(A1)"])(
    "%j is text and no formula",
    (name) => {
      expect(cellOf(name)).toBe(`"'${name}"`);
    },
  );

  it("quotes, commas and ends of lines stay inside of their cell", () => {
    expect(cellOf('a","=1\r\nb')).toBe('"a"",""=1\r\nb"');
  });

  it("has a head, numbers as they are, and nothing for what is not there", () => {
    expect(toCsv(COLUMNS, [{ name: -1 }, { name: null }, { name: ["=1"] }])).toBe(
      '"name"\r\n"-1"\r\n\r\n"[""=1""]"\r\n',
    );
  });
});
