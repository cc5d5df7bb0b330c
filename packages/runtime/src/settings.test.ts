import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reveal } from "./secret.ts";
import { type Environment, readSettings, SettingsError, type SettingsReader } from "./settings.ts";

function problemsOf(env: Environment, read: (reader: SettingsReader) => unknown): SettingsError {
  try {
    readSettings(env, read);
  } catch (error) {
    if (error instanceof SettingsError) {
      return error;
    }
    throw error;
  }
  throw new Error("the settings were taken");
}

const key = Buffer.alloc(32, 7).toString("base64");

describe("readSettings", () => {
  it("reads each kind of setting and its default", () => {
    const env = {
      PORT: "0",
      HOST: "::1",
      KEY: key,
      URL: "https://a.example",
      DB: "postgres://u:p@h/d",
      ON: "1",
      LIST: "a, b",
      LEVEL: "warn",
    };

    const settings = readSettings(env, (from) => ({
      port: from.port("PORT", { default: 8080 }),
      otherPort: from.port("OTHER_PORT", { default: 8081 }),
      host: from.string("HOST", { default: "127.0.0.1" }),
      key: from.optionalSecretBytes("KEY", { bytes: 32 })?.length,
      url: from.optionalUrl("URL", { protocols: ["https"] }),
      db: from.optionalSecretUrl("DB", { protocols: ["postgres", "postgresql"] }),
      redis: from.optionalSecretUrl("REDIS", { protocols: ["redis"] }),
      isOn: from.flag("ON"),
      isOff: from.flag("OFF"),
      list: from.list("LIST"),
      none: from.list("NONE"),
      level: from.oneOf("LEVEL", ["info", "warn"], { default: "info" }),
    }));

    const { db, ...rest } = settings;
    expect(rest).toEqual({
      port: 0,
      otherPort: 8081,
      host: "::1",
      key: 32,
      url: "https://a.example",
      redis: undefined,
      isOn: true,
      isOff: false,
      list: ["a", "b"],
      none: [],
      level: "warn",
    });
    expect(db === undefined ? "" : reveal(db)).toBe("postgres://u:p@h/d");
  });

  it("takes an empty variable as unset", () => {
    const env = { PORT: "", ON: "", KEY: "" };

    expect(
      readSettings(env, (from) => [from.port("PORT", { default: 1 }), from.flag("ON"), from.optionalSecret("KEY")]),
    ).toEqual([1, false, undefined]);
  });

  it("lists every problem at once, each with name, rule and fix", () => {
    const error = problemsOf({ PORT: "http", ON: "true", LEVEL: "loud" }, (from) => {
      from.port("PORT", { default: 8080 });
      from.flag("ON");
      from.oneOf("LEVEL", ["info", "warn"]);
      from.string("NAME");
      from.problem({
        name: "HOST",
        is: "0.0.0.0",
        rule: "Then the public URL is required",
        fix: "Set MUSTER_PUBLIC_URL",
      });
    });

    expect(error.problems.map(({ name }) => name)).toEqual(["PORT", "ON", "LEVEL", "NAME", "HOST"]);
    expect(error.message.split("\n")).toHaveLength(6);
    expect(error.message).toContain('PORT is "http". It is a whole number from 0 to 65535.');
    expect(error.message).toContain("NAME is not set. It is required.");
  });

  it("V15: refuses a missing or malformed key rather than going on without", () => {
    const read = (from: SettingsReader): unknown => from.secretBytes("KEY", { bytes: 32 });

    for (const text of [
      undefined,
      "",
      " ",
      key.slice(1),
      key.slice(0, -1),
      `${key}\n`,
      ` ${key}`,
      `${key}AAAA`,
      "x".repeat(44),
      key.replace(/B/, "-"),
    ]) {
      expect(problemsOf({ KEY: text }, read).problems).toHaveLength(1);
    }
    expect(readSettings({ KEY: key }, read)).toEqual(Buffer.alloc(32, 7));
  });

  it("V23: never shows the value of a secret or of an URL with user info", () => {
    const error = problemsOf(
      { KEY: "hunter2-hunter2", API: "hunter2", DB: "mysql://u:hunter2@h/d", URL: "ftp://u:hunter2@h" },
      (from) => {
        from.secretBytes("KEY", { bytes: 32 });
        from.secret("API", { minLength: 32 });
        from.optionalSecretUrl("DB", { protocols: ["postgres"] });
        from.optionalUrl("URL", { protocols: ["https"] });
      },
    );

    expect(error.problems).toHaveLength(4);
    expect(error.message + JSON.stringify(error.problems)).not.toContain("hunter2");
  });

  it("takes an operator's key as it is, within printable ASCII and its length", () => {
    const read = (from: SettingsReader): string => reveal(from.secret("API", { minLength: 32 }));
    const good = ["x".repeat(32), "a b".repeat(11), '"quoted", with commas = and #'.padEnd(32, "~")];

    expect(good.map((text) => readSettings({ API: text }, read))).toEqual(good);
    for (const text of [
      "x".repeat(31),
      `${"x".repeat(32)} `,
      `\t${"x".repeat(32)}`,
      `${"x".repeat(32)}\u00fc`,
      "x".repeat(4097),
    ]) {
      expect(problemsOf({ API: text }, read).problems).toHaveLength(1);
    }
  });

  it.each(["8080 ", " 8080", "+1", "1e3", "0x10", "01", "-1", "65536", "1.0", "NaN", "Infinity", "٣", "--1", "-"])(
    "refuses %j as a port",
    (text) => {
      expect(problemsOf({ PORT: text }, (from) => from.port("PORT", { default: 1 })).problems).toHaveLength(1);
    },
  );

  it.each(["true", "0", "yes", " 1", "on"])("refuses %j as a flag", (text) => {
    expect(problemsOf({ ON: text }, (from) => from.flag("ON")).problems).toHaveLength(1);
  });

  it("checks each item of a list by the caller's rule", () => {
    const check = (item: string): string | null => (item.endsWith("/8") ? null : "Each item is a network");
    const read = (from: SettingsReader): unknown => from.list("NETS", { check });

    expect(readSettings({ NETS: "10.0.0.0/8,127.0.0.0/8" }, read)).toEqual(["10.0.0.0/8", "127.0.0.0/8"]);
    expect(problemsOf({ NETS: "10.0.0.0/8,,x" }, read).message).toContain("No item of the list is empty");
    expect(problemsOf({ NETS: "10.0.0.0/8,x" }, read).message).toContain('Correct the item "x"');
  });

  it("reports the problems when the reader stumbles over a stand-in, and its own error otherwise", () => {
    expect(
      problemsOf({ URL: "nope" }, (from) => new URL(from.url("URL", { protocols: ["https"] }))).problems,
    ).toHaveLength(1);
    expect(() =>
      readSettings({}, () => {
        throw new TypeError("a bug");
      }),
    ).toThrow("a bug");
  });

  it("returns integers only in range, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        try {
          const value = readSettings({ N: text }, (from) => from.integer("N", { min: -5, max: 5 }));
          expect(String(value)).toBe(text);
          expect(Math.abs(value)).toBeLessThanOrEqual(5);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
        }
      }),
    );
  });
});
