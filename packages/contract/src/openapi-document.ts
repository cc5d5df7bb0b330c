import type { TObject, TSchema } from "typebox";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { ProblemSchema, problemMediaType } from "./problem.ts";

type Json = Record<string, unknown>;
type Components = Map<string, Json>;

export type OpenApiDocument = {
  openapi: string;
  info: Json;
  servers: Json[];
  security: Json[];
  tags: Json[];
  paths: Record<string, Json>;
  components: { schemas: Json; responses: Json; securitySchemes: Json };
};

/**
 * Describes the whole admin API as an OpenAPI 3.1 document.
 * Every schema with a title becomes a component; two different schemas under one title are a defect and throw.
 */
export function openApiDocument(input: { version: string; serverUrl: string }): OpenApiDocument {
  const components: Components = new Map();
  const all = Object.values<Operation>(operations);
  const paths: Record<string, Json> = {};
  for (const operation of all)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation, components) };
  const problemSchema = render(ProblemSchema, components);
  return {
    openapi: "3.1.1",
    info: {
      title: "Muster admin API",
      version: input.version,
      description:
        "Answers may gain members, and never lose or rename one within /api/v1: clients pass over what they do not know. " +
        "Requests are closed: an unknown member is refused. Errors are RFC 9457 problem details.",
    },
    servers: [{ url: input.serverUrl }],
    security: [{ apiKey: [] }],
    tags: [...new Set(all.map((operation) => operation.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
      responses: {
        Problem: {
          description: "What went wrong, and what to do",
          content: { [problemMediaType]: { schema: problemSchema } },
        },
      },
      securitySchemes: { apiKey: { type: "http", scheme: "bearer", description: "An API key" } },
    },
  };
}

function describe(operation: Operation, components: Components): Json {
  const parameters = [...parametersOf("path", operation.params), ...parametersOf("query", operation.query)];
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined
      ? {}
      : {
          requestBody: { required: operation.bodyOptional !== true, content: jsonContent(operation.body, components) },
        }),
    responses: responsesOf(operation, components),
  };
}

function parametersOf(place: "path" | "query", schema: TObject | undefined): Json[] {
  if (schema === undefined) return [];
  // The list is left out when it would be empty, whatever its type says.
  const { required = [] }: { required?: readonly string[] } = schema;
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}

function responsesOf(operation: Operation, components: Components): Json {
  const { status, schema } = operation.success;
  const type = mediaTypeOf(operation);
  const takesInput = operation.body !== undefined || operation.query !== undefined;
  const refusals = [
    ...(takesInput ? ["400"] : []),
    "401",
    "403",
    ...(Object.keys(operation.params.properties).length > 0 ? ["404"] : []),
    ...(operation.method === "get" ? [] : ["409"]),
    ...(operation.gone === true ? ["410"] : []),
    "429",
    "default",
  ];
  return {
    [status]: {
      description: "Done",
      ...(schema === undefined ? {} : { content: { [type]: { schema: render(schema, components) } } }),
    },
    ...Object.fromEntries(refusals.map((refusal) => [refusal, { $ref: "#/components/responses/Problem" }])),
  };
}

function mediaTypeOf({ success }: Operation): string {
  if (success.live === true) return "text/event-stream";
  return success.lines === true ? "application/x-ndjson" : "application/json";
}

function jsonContent(schema: TSchema, components: Components): Json {
  return { "application/json": { schema: render(schema, components) } };
}

// A titled schema is moved to the components and a reference to it returned; anything else is copied.
function render(value: unknown, components: Components): unknown {
  if (Array.isArray(value)) return value.map((item) => render(item, components));
  if (!isJsonObject(value)) return value;
  if (typeof value.title !== "string") return renderMembers(value, components);
  const { title } = value;
  const rendered = renderMembers(value, components);
  const known = components.get(title);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(rendered))
    throw new Error(`two schemas are titled ${title}`);
  components.set(title, rendered);
  return { $ref: `#/components/schemas/${title}` };
}

function renderMembers(value: Json, components: Components): Json {
  const members = Object.entries(value).map(([key, member]) => [key, render(member, components)] as const);
  return withMapping(value, Object.fromEntries(members));
}

// OpenAPI tells branches apart by component name unless a mapping says which tag value means which component.
function withMapping(schema: Json, rendered: Json): Json {
  const { discriminator, oneOf } = schema;
  if (!isJsonObject(discriminator) || !Array.isArray(oneOf)) return rendered;
  const tag = String(discriminator.propertyName);
  const mapping: Record<string, string> = {};
  for (const branch of oneOf as { title: string; properties: Record<string, { const: string }> }[]) {
    const value = branch.properties[tag]?.const;
    if (value !== undefined) mapping[value] = `#/components/schemas/${branch.title}`;
  }
  return { ...rendered, discriminator: { ...discriminator, mapping } };
}

function isJsonObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
