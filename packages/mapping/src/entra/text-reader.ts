/** A text that cannot be read, and where. */
export class EntraSyntaxError extends Error {
  override readonly name = "EntraSyntaxError";
}

/** Reads a text from its start, token by token. White space before a token does not count. */
export type TextReader = {
  /** The next letter, or "" at the end. */
  peek(): string;
  /** Takes a token if it comes next. */
  takes(token: string): boolean;
  /** Takes what a sticky pattern finds here, or "". */
  taken(form: RegExp): string;
  /** Takes everything up to a letter, and the letter; undefined where there is none. */
  upTo(letter: string): string | undefined;
  /** Takes a text in quotation marks, with `\"` and `\\` as its only escapes: patterns are written as they are. */
  quoted(): string;
  /** What is left, cut short. */
  rest(): string;
  fail(what: string): never;
};

/** Makes the reader of one text. */
export function createTextReader(text: string): TextReader {
  let at = 0;
  const fail = (what: string): never => {
    throw new EntraSyntaxError(`Character ${at + 1}: ${what}`);
  };
  const skipSpace = (): void => {
    while (/\s/.test(text.charAt(at))) at += 1;
  };
  return {
    fail,
    peek() {
      skipSpace();
      return text.charAt(at);
    },
    takes(token) {
      skipSpace();
      if (!text.startsWith(token, at)) return false;
      at += token.length;
      return true;
    },
    taken(form) {
      skipSpace();
      form.lastIndex = at;
      const found = form.exec(text)?.[0] ?? "";
      at += found.length;
      return found;
    },
    upTo(letter) {
      const end = text.indexOf(letter, at);
      if (end === -1) return undefined;
      const taken = text.slice(at, end);
      at = end + 1;
      return taken;
    },
    quoted() {
      let value = "";
      for (at += 1; at < text.length; at += 1) {
        if (text.charAt(at) === '"') {
          at += 1;
          return value;
        }
        const next = text.charAt(at + 1);
        if (text.charAt(at) === "\\" && (next === '"' || next === "\\")) at += 1;
        value += text.charAt(at);
      }
      return fail("a closing quotation mark is missing");
    },
    rest() {
      skipSpace();
      return text.slice(at, at + 20);
    },
  };
}
