import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

// Biome formats and lints. ESLint carries only what needs types (un-awaited promises are the commonest fault of a
// worker) and what Biome has no rule for. Inline switches are off: none of these is a matter of taste.

const tests = ["**/*.test.ts", "**/*.test.tsx", "test/**", "**/*.fixture.ts", "**/fixtures/**", "packages/testkit/**"];
const planted = "test/gate/planted/**";

const isSecret = "/(secret|token|password)s?$/i";
const isSecretOrDigest = "/(secret|token|password|digest)s?$/i";

/** Equality with a literal, undefined, null or a typeof is a check for presence or kind, and stays allowed. */
function secretEquality(pattern) {
  const named = (side) => `[${side}.name=${pattern}], [${side}.property.name=${pattern}]`;
  const harmless = ["left", "right"].map(
    (side) => `[${side}.type=/^(Literal|UnaryExpression)$/], [${side}.type="Identifier"][${side}.name="undefined"]`,
  );
  return {
    selector: `BinaryExpression[operator=/^[!=]==?$/]:matches(${named("left")}, ${named("right")}):not(${harmless.join(", ")})`,
    message:
      "secret-equality: compare secrets with timingSafeEqual over digests of equal length, never with === (V20).",
  };
}

const outbound = "outbound-guard: all outbound HTTP goes through the dialler in packages/runtime (V66).";

export default tseslint.config(
  { ignores: ["**/node_modules/**", "**/dist/**", planted] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    plugins: { "@typescript-eslint": tseslint.plugin },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { noInlineConfig: true },
    rules: {
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unsafe-assignment": "error",
    },
  },
  {
    // A pattern that backtracks without bound lets a short text from outside stop the process (V47).
    files: ["apps/**/*.ts", "packages/**/*.ts"],
    plugins: { regexp },
    rules: { "regexp/no-super-linear-backtracking": ["error", { report: "certain" }] },
  },
  {
    // What a test reads from a reply is checked by its expectations.
    files: tests,
    rules: { "@typescript-eslint/no-unsafe-assignment": "off" },
  },
  {
    files: ["apps/**/*.ts", "packages/**/*.ts"],
    ignores: tests,
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "weak-random: take randomness as an argument (V22)." },
        ...["fetch", "WebSocket", "EventSource"].map((property) => ({
          object: "globalThis",
          property,
          message: outbound,
        })),
      ],
      "no-restricted-syntax": ["error", secretEquality(isSecret)],
    },
  },
  {
    // Only here is a digest always that of a secret; elsewhere it may be a fingerprint of an account's attributes.
    files: ["packages/credentials/**/*.ts", "apps/api/**/*.ts"],
    ignores: tests,
    rules: { "no-restricted-syntax": ["error", secretEquality(isSecretOrDigest)] },
  },
);
