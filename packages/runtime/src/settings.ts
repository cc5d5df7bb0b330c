import { type Secret, secret } from "./secret.ts";

/** One thing that is wrong with the environment, in words for the person who starts the process. */
export type SettingsProblem = {
  name: string;
  /** What the setting is now: a non-secret value in quotes, "not set", "malformed". */
  is: string;
  rule: string;
  fix: string;
};

/** Lists every problem of the environment at once; never carries the value of a secret. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[], options?: ErrorOptions) {
    const lines = problems.map(({ name, is, rule, fix }) => `  ${name} is ${is}. ${rule}. ${fix}.`);
    super([`${String(problems.length)} setting(s) must be corrected:`, ...lines].join("\n"), options);
    this.problems = problems;
  }
}

export type Environment = Record<string, string | undefined>;

type ParsedUrlOptions = { protocols: readonly string[] };
type SecretOptions = { minLength?: number; maxLength?: number };

/**
 * Reads named settings. A variable that is unset or empty takes its default; anything else must be well formed.
 * A method that finds a problem notes it and returns a stand-in: `readSettings` throws before anyone can use it.
 */
export type SettingsReader = {
  string(name: string, options?: { default?: string }): string;
  optionalString(name: string): string | undefined;
  /** Printable ASCII without blanks at the ends, taken as it is; the length is 1 to 4096 unless told. */
  secret(name: string, options?: SecretOptions): Secret;
  optionalSecret(name: string, options?: SecretOptions): Secret | undefined;
  /** Strict base64 (RFC 4648 §4, padded) of exactly that many bytes. */
  secretBytes(name: string, options: { bytes: number }): Buffer;
  optionalSecretBytes(name: string, options: { bytes: number }): Buffer | undefined;
  /** Several of them with commas between; none unless set. */
  secretBytesList(name: string, options: { bytes: number }): readonly Buffer[];
  integer(name: string, options: { default?: number; min: number; max: number }): number;
  /** 0 to 65535; 0 means any free port. */
  port(name: string, options?: { default?: number }): number;
  /** An absolute URL, returned as it was written; protocols without the colon, as in "https". */
  url(name: string, options: ParsedUrlOptions & { default?: string }): string;
  optionalUrl(name: string, options: ParsedUrlOptions): string | undefined;
  /** An URL that may hold a password, such as a database address; its text is never shown. */
  optionalSecretUrl(name: string, options: ParsedUrlOptions): Secret | undefined;
  /** "1" is true, unset or empty is false, anything else is a problem. */
  flag(name: string): boolean;
  /** Comma-separated items with blanks around them removed; `check` returns the rule that an item breaks, or null. */
  list(name: string, options?: { check?(item: string): string | null }): readonly string[];
  oneOf<Choice extends string>(name: string, choices: readonly Choice[], options?: { default?: Choice }): Choice;
  /** Notes a problem that only the caller can see, such as a rule between two settings. */
  problem(problem: SettingsProblem): void;
};

/**
 * Reads all settings of a process in one go and refuses with the whole list of problems, so that a person corrects
 * them once and a malformed value is never taken for an unset one.
 *
 * @throws {SettingsError} if anything is missing or malformed
 */
export function readSettings<T>(env: Environment, read: (reader: SettingsReader) => T): T {
  const problems: SettingsProblem[] = [];
  const reader = createReader(env, problems);
  let settings: T;
  try {
    settings = read(reader);
  } catch (error) {
    if (problems.length > 0) {
      // The reader went on with a stand-in; what it then threw is a consequence.
      throw new SettingsError(problems, { cause: error });
    }
    throw error;
  }
  if (problems.length > 0) {
    throw new SettingsError(problems);
  }
  return settings;
}

type Parsed<T> = { kind: "ok"; value: T } | { kind: "bad"; rule: string; fix: string };
type Parser<T> = (text: string) => Parsed<T>;
type FieldDeps = { env: Environment; problems: SettingsProblem[] };
type Field<T> = { name: string; parse: Parser<T>; isSecret?: boolean };

function createReader(env: Environment, problems: SettingsProblem[]): SettingsReader {
  const deps = { env, problems };
  const required = <T>(field: Field<T>, fallback: T | undefined, standIn: T): T => {
    const value = readField(deps, field);
    if (value.kind === "unset" && fallback === undefined) {
      problems.push({ name: field.name, is: "not set", rule: "It is required", fix: requiredFix(field) });
    }
    return value.kind === "ok" ? value.value : (fallback ?? standIn);
  };
  const optional = <T>(field: Field<T>): T | undefined => {
    const value = readField(deps, field);
    return value.kind === "ok" ? value.value : undefined;
  };
  return {
    string: (name, options = {}) => required({ name, parse: parseText }, options.default, ""),
    optionalString: (name) => optional({ name, parse: parseText }),
    secret: (name, options = {}) =>
      required({ name, parse: secretParser(options), isSecret: true }, undefined, secret("")),
    optionalSecret: (name, options = {}) => optional({ name, parse: secretParser(options), isSecret: true }),
    secretBytes: (name, { bytes }) =>
      required({ name, parse: bytesParser(bytes), isSecret: true }, undefined, Buffer.alloc(0)),
    optionalSecretBytes: (name, { bytes }) => optional({ name, parse: bytesParser(bytes), isSecret: true }),
    secretBytesList: (name, { bytes }) =>
      optional({ name, parse: eachParser(bytesParser(bytes)), isSecret: true }) ?? [],
    integer: (name, options) => required({ name, parse: integerParser(options) }, options.default, options.min),
    port: (name, options = {}) => required({ name, parse: integerParser({ min: 0, max: 65_535 }) }, options.default, 0),
    url: (name, options) => required({ name, parse: urlParser(options.protocols) }, options.default, ""),
    optionalUrl: (name, options) => optional({ name, parse: urlParser(options.protocols) }),
    optionalSecretUrl: (name, options) => {
      const text = optional({ name, parse: urlParser(options.protocols), isSecret: true });
      return text === undefined ? undefined : secret(text);
    },
    flag: (name) => required({ name, parse: parseFlag }, false, false),
    list: (name, options = {}) => required({ name, parse: listParser(options.check) }, [], []),
    oneOf: (name, choices, options = {}) => {
      const [first] = choices;
      if (first === undefined) {
        throw new Error(`oneOf(${name}) needs choices`);
      }
      return required({ name, parse: choiceParser(choices) }, options.default, first);
    },
    problem: (problem) => {
      problems.push(problem);
    },
  };
}

function readField<T>(
  { env, problems }: FieldDeps,
  { name, parse, isSecret = false }: Field<T>,
): { kind: "unset" } | { kind: "bad" } | { kind: "ok"; value: T } {
  const text = env[name];
  if (text === undefined || text === "") {
    return { kind: "unset" };
  }
  const parsed = parse(text);
  if (parsed.kind === "bad") {
    problems.push({ name, is: isSecret ? "malformed (not shown)" : shown(text), rule: parsed.rule, fix: parsed.fix });
    return { kind: "bad" };
  }
  return parsed;
}

/** A value in quotes, unless it looks as if a password could be in it: then only that it is malformed. */
function shown(text: string): string {
  return /[@?]/.test(text)
    ? "malformed (not shown)"
    : JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

function requiredFix<T>({ name, parse }: Field<T>): string {
  const parsed = parse("\u0000");
  return parsed.kind === "bad" ? `${parsed.rule}. ${parsed.fix}` : `Set ${name}`;
}

function parseText(text: string): Parsed<string> {
  if (text !== text.trim() || hasControlCharacter(text)) {
    return bad("It has no blanks at its ends and no control characters", "Remove them, a line break at the end too");
  }
  return { kind: "ok", value: text };
}

function secretParser({ minLength = 1, maxLength = 4096 }: SecretOptions): Parser<Secret> {
  return (text) => {
    const isPrintable = /^[\x20-\x7e]*$/.test(text) && text === text.trim();
    if (!isPrintable || text.length < minLength || text.length > maxLength) {
      return bad(
        `It is ${String(minLength)} to ${String(maxLength)} printable ASCII characters without blanks at the ends`,
        "Make one with: openssl rand -hex 32",
      );
    }
    return { kind: "ok", value: secret(text) };
  };
}

function bytesParser(bytes: number): Parser<Buffer> {
  return (text) => {
    const decoded = Buffer.from(text, "base64");
    // Node's decoder skips what it does not know; only text that encodes back to itself was base64.
    if (decoded.toString("base64") !== text || decoded.length !== bytes) {
      return bad(`It is ${String(bytes)} bytes in base64`, `Make one with: openssl rand -base64 ${String(bytes)}`);
    }
    return { kind: "ok", value: decoded };
  };
}

function eachParser<T>(parse: Parser<T>): Parser<T[]> {
  return (text) => {
    const parsed = text.split(",").map((item) => parse(item.trim()));
    const wrong = parsed.find((item) => item.kind === "bad");
    return wrong ?? { kind: "ok", value: parsed.flatMap((item) => (item.kind === "ok" ? [item.value] : [])) };
  };
}

function integerParser({ min, max }: { min: number; max: number }): Parser<number> {
  return (text) => {
    const value = /^(?:0|-?[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      return bad(`It is a whole number from ${String(min)} to ${String(max)}`, "Write it in digits only");
    }
    return { kind: "ok", value };
  };
}

function urlParser(protocols: readonly string[]): Parser<string> {
  return (text) => {
    const parsed = URL.canParse(text) ? new URL(text) : null;
    if (parsed === null || !protocols.includes(parsed.protocol.slice(0, -1)) || /\s/.test(text)) {
      const schemes = protocols.map((protocol) => `${protocol}://`).join(" or ");
      return bad(`It is an absolute URL that starts with ${schemes}`, "Percent-encode special characters in it");
    }
    return { kind: "ok", value: text };
  };
}

function parseFlag(text: string): Parsed<boolean> {
  return text === "1" ? { kind: "ok", value: true } : bad("It is 1 or not set", "Set it to 1, or remove it");
}

function listParser(check: ((item: string) => string | null) | undefined): Parser<readonly string[]> {
  return (text) => {
    const items = text.split(",").map((item) => item.trim());
    for (const item of items) {
      const rule = item === "" || hasControlCharacter(item) ? "No item of the list is empty" : (check?.(item) ?? null);
      if (rule !== null) {
        return bad(rule, `Correct the item ${JSON.stringify(item)}`);
      }
    }
    return { kind: "ok", value: items };
  };
}

function choiceParser<Choice extends string>(choices: readonly Choice[]): Parser<Choice> {
  return (text) => {
    const value = choices.find((choice) => choice === text);
    return value === undefined
      ? bad(`It is one of ${choices.join(", ")}`, "Choose one of them, written exactly so")
      : { kind: "ok", value };
  };
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function bad(rule: string, fix: string): { kind: "bad"; rule: string; fix: string } {
  return { kind: "bad", rule, fix };
}
