const REDACTED = "[redacted]";

/*
 * What a credential looks like inside free text, most of it somebody else's error message. Each pattern is linear:
 * a class repeated once, with nothing optional around it that the same characters could also match.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\bmst_[A-Za-z0-9_]+/g, `mst_${REDACTED}`],
  [/\b(bearer|basic)(?:[ \t]+|%20|\+)[^\s"',;<>[]+/gi, `$1 ${REDACTED}`],
  // A URL's user info, as in a database address.
  [/:\/\/[^/\s@?#]{1,1024}@/g, `://${REDACTED}@`],
  [
    /\b([a-z_-]{0,40}(?:password|passwd|passphrase|secret|token|api[_-]?key|authorization))(["']?[=:][ ]?["']?)[^\s"'&,;[{}]+/gi,
    `$1$2${REDACTED}`,
  ],
];

/**
 * Takes everything that looks like a credential out of free text: our own tokens, authorization values, the user info
 * of a URL, and values that stand behind a name such as `password=` (V23).
 */
export function scrubText(text: string): string {
  return PATTERNS.reduce((scrubbed, [pattern, replacement]) => scrubbed.replace(pattern, replacement), text);
}
