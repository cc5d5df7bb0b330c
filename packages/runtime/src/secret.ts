const REVEAL = Symbol("reveal");
const PLACEHOLDER = "[secret]";

/** Text that prints as "[secret]" wherever it ends up by accident; only `reveal` gives it back. */
export type Secret = {
  readonly [REVEAL]: () => string;
  toString(): string;
  toJSON(): string;
};

/** Wraps a value so that template strings, JSON, `util.inspect` and the logger show a placeholder instead of it. */
export function secret(value: string): Secret {
  const placeholder = (): string => PLACEHOLDER;
  const wrapped = {
    toString: placeholder,
    toJSON: placeholder,
    [Symbol.toPrimitive]: placeholder,
    [Symbol.for("nodejs.util.inspect.custom")]: placeholder,
  };
  // Not enumerable: spreading or cloning the wrapper must not carry the value along.
  Object.defineProperty(wrapped, REVEAL, { value: () => value });
  return Object.freeze(wrapped) as typeof wrapped & { readonly [REVEAL]: () => string };
}

/** Gives back the wrapped text; call it at the last moment, where the value is used. */
export function reveal(wrapped: Secret): string {
  return wrapped[REVEAL]();
}

/** Tells whether a value was made by `secret`. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && REVEAL in value;
}
