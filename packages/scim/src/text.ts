import { ScimError } from "./scim-error.ts";

/**
 * Refuses text that databases and other servers cannot hold: U+0000, half a surrogate pair, U+FFFF (V48).
 *
 * @throws {ScimError} 400 `invalidValue`
 */
export function requireStorable(text: string, what: string): void {
  if (text.isWellFormed() && !text.includes("\u0000") && !text.includes("\uFFFF")) return;
  throw new ScimError(
    400,
    "invalidValue",
    `${what} holds a character that cannot be stored (U+0000, U+FFFF or half a surrogate pair); send it without`,
  );
}
