import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import type { TSchema } from "typebox";
import { ContractError } from "./contract-error.ts";
import { describeIssues } from "./describe-issues.ts";
import { isBaseUrl, isCredentialHeader, isEndpointUrl } from "./formats.ts";
import type { BodyOf, Operation, ParamsOf, QueryOf, SuccessOf } from "./operation.ts";
import { operations } from "./operations.ts";
import { uniqueByKeyword } from "./unique-by.ts";

/** Checks what operations take and answer. Each function returns its typed value or throws a {@link ContractError}. */
export type Validator = {
  /** Checks a body; an operation without one takes undefined, null or {} and returns undefined. */
  body<O extends Operation>(operation: O, value: unknown): BodyOf<O>;
  /** Checks a parsed query string, reading integers from their digits; every member was given once. */
  query<O extends Operation>(operation: O, value: unknown): QueryOf<O>;
  /** Checks the parameters taken from the path. */
  params<O extends Operation>(operation: O, value: unknown): ParamsOf<O>;
  /** Checks what is about to be answered: for tests, since it too is closed. */
  success<O extends Operation>(operation: O, value: unknown): SuccessOf<O>;
};

type Part = "body" | "query" | "path" | "answer";

/**
 * Compiles the schemas of what operations take, once per process; those of answers when first asked for.
 * Strict and closed, no `$data`, no defaults filled in, no coercion but of integers in a query.
 */
export function createValidator(): Validator {
  const check = createCheck();
  return {
    body<O extends Operation>(operation: O, value: unknown) {
      const given = value === undefined && operation.bodyOptional === true ? {} : value;
      check(operation, "body", given);
      return (operation.body === undefined ? undefined : given) as BodyOf<O>;
    },
    query<O extends Operation>(operation: O, value: unknown) {
      const read = operation.query === undefined ? value : readIntegers(operation.query.properties, value);
      check(operation, "query", read);
      return (read ?? {}) as QueryOf<O>;
    },
    params<O extends Operation>(operation: O, value: unknown) {
      check(operation, "path", value);
      return value as ParamsOf<O>;
    },
    success<O extends Operation>(operation: O, value: unknown) {
      check(operation, "answer", value);
      return (operation.success.schema === undefined ? undefined : value) as SuccessOf<O>;
    },
  };
}

function createCheck(): (operation: Operation, part: Part, value: unknown) => void {
  const ajv = createAjv();
  const compiled = new Map<TSchema, ValidateFunction>();
  const compile = (schema: TSchema): ValidateFunction => {
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    return validate;
  };
  for (const operation of Object.values<Operation>(operations)) {
    for (const schema of [operation.body, operation.query, operation.params]) {
      if (schema !== undefined) compile(schema);
    }
  }
  return (operation, part, value) => {
    const schema = schemaOf(operation, part);
    if (schema === undefined) {
      if (isNothing(value)) return;
      throw new ContractError([
        { path: "", rule: "unexpected", message: `the ${part} must be empty: ${operation.id} takes none` },
      ]);
    }
    const validate = compile(schema);
    if (!validate(value)) throw new ContractError(describeIssues(part, validate.errors ?? []));
  };
}

function schemaOf(operation: Operation, part: Part): TSchema | undefined {
  switch (part) {
    case "body":
      return operation.body;
    case "query":
      return operation.query;
    case "path":
      return operation.params;
    case "answer":
      return operation.success.schema;
  }
}

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true, // type: ["string", "null"]
    allErrors: true, // a form shows every mistake at once; the cost is linear, and bodies are capped before they come here
    verbose: true, // the schema that refused, for its message; values are never put into one
    ownProperties: true,
    discriminator: true,
  });
  ajv.addFormat("uuid", fullFormats.uuid);
  ajv.addFormat("date-time", fullFormats["date-time"]);
  ajv.addFormat("base-url", isBaseUrl);
  ajv.addFormat("endpoint-url", isEndpointUrl);
  ajv.addFormat("credential-header", isCredentialHeader);
  ajv.addKeyword(uniqueByKeyword);
  return ajv;
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}

// A query has text only: this is the one place where text becomes a number.
function readIntegers(properties: Record<string, TSchema>, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? {};
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
      const isInteger = schema !== undefined && "type" in schema && schema.type === "integer";
      return [key, isInteger && typeof text === "string" && /^-?\d{1,15}$/.test(text) ? Number(text) : text];
    }),
  );
}
