import { Ajv2020 } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { describe, expect, it } from "vitest";
import { exampleAnswers, exampleBodies } from "./fixtures/examples.ts";
import { isBaseUrl, isCredentialHeader, isEndpointUrl } from "./formats.ts";
import { type Operation, openApiDocument, operations, problem } from "./index.ts";

const document = openApiDocument({ version: "1.2.3", serverUrl: "https://muster.example" });
const all = Object.values<Operation>(operations);

/** Every value in a JSON tree, with its JSON pointer. */
function* walk(value: unknown, at = ""): Generator<[pointer: string, value: unknown]> {
  yield [at, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value))
    yield* walk(member, `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function resolve(pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return steps.reduce<unknown>(
    (place, step) => member(place, step.replaceAll("~1", "/").replaceAll("~0", "~")),
    document,
  );
}

function isOpenObject(schema: unknown): boolean {
  const types = [member(schema, "type")].flat();
  return (
    types.includes("object") &&
    member(schema, "additionalProperties") !== false &&
    member(schema, "oneOf") === undefined
  );
}

describe("openApiDocument", () => {
  it("is plain JSON that begins as OpenAPI 3.1 wants it", () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ version: "1.2.3" });
    expect(document.servers).toEqual([{ url: "https://muster.example" }]);
  });

  it("has every operation once, under its method and path, with an id of its own", () => {
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(
        ([method, operation]) => `${method} ${path} ${String(member(operation, "operationId"))}`,
      ),
    );

    expect(documented.sort()).toEqual(all.map(({ method, path, id }) => `${method} ${path} ${id}`).sort());
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(Object.entries<Operation>(operations).filter(([key, { id }]) => key !== id)).toEqual([]);
  });

  it("declares exactly the parameters that are in each path", () => {
    for (const { id, path, params } of all) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(params.properties), id).toEqual(inPath);
    }
    for (const { path, method, query } of all) {
      const parameters = [member(document.paths[path]?.[method], "parameters") ?? []].flat();
      const named = parameters.map(
        (parameter) => `${String(member(parameter, "in"))} ${String(member(parameter, "name"))}`,
      );
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`);
      expect(named).toEqual([...inPath, ...Object.keys(query?.properties ?? {}).map((name) => `query ${name}`)]);
      for (const parameter of parameters)
        expect(member(parameter, "required")).toBe(member(parameter, "in") === "path");
    }
  });

  it("gives every list a page size and a page token, and answers items", () => {
    for (const operation of all.filter(({ id }) => id.startsWith("list"))) {
      expect(Object.keys(operation.query?.properties ?? {}), operation.id).toEqual(
        expect.arrayContaining(["pageSize", "pageToken"]),
      );
      const answer = resolve(`/components/schemas/${String(member(operation.success.schema, "title"))}`);
      expect(Object.keys(Object(member(answer, "properties")))).toEqual(["items", "nextPageToken"]);
    }
  });

  it("resolves every reference, those of discriminators included", () => {
    const references = [...walk(document)].filter(
      ([pointer]) => pointer.endsWith("/$ref") || pointer.includes("/discriminator/mapping/"),
    );

    for (const [pointer, reference] of references) {
      expect(String(reference), pointer).toMatch(/^#\//);
      expect(resolve(String(reference).slice(1)), pointer).toBeDefined();
    }
    expect(references.length).toBeGreaterThan(100);
  });

  it("V25: has no open object anywhere, and neither have the schemas it is made from", () => {
    const open = [...walk(document), ...walk(operations)].filter(([, schema]) => isOpenObject(schema));

    expect(open.map(([pointer]) => pointer)).toEqual([]);
  });

  it("shows no secret in what is answered but the token that is shown once", () => {
    const answered = all.flatMap((operation) => [...walk(operation.success.schema, `/${operation.id}`)]);
    const secrets = answered
      .map(([pointer]) => pointer)
      .filter((pointer) => /\/properties\/\w*(?:token|secret|password|value)$/i.test(pointer));

    // A member's value is the id that an identity provider sent.
    const harmless = /\/nextPageToken$|^\/(listParkedMembers|previewPerson|whyPerson)\/.*\/value$/;
    expect(secrets.filter((pointer) => !harmless.test(pointer))).toEqual([
      "/createDirectory/properties/scim/properties/bearerToken",
      "/createDirectoryToken/properties/bearerToken",
      "/createDirectoryClient/properties/clientSecret",
      "/createWebhook/properties/secret",
      "/rotateWebhookSecret/properties/secret",
    ]);
  });

  it("has schemas that take the same examples as the validator does", () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: true });
    ajv.addFormat("uuid", fullFormats.uuid);
    ajv.addFormat("date-time", fullFormats["date-time"]);
    ajv.addFormat("uri-reference", fullFormats["uri-reference"]);
    ajv.addFormat("base-url", isBaseUrl);
    ajv.addFormat("endpoint-url", isEndpointUrl);
    ajv.addFormat("credential-header", isCredentialHeader);
    ajv.addSchema(document, "document");
    const accepts = (title: unknown, value: unknown) =>
      ajv.validate({ $ref: `document#/components/schemas/${String(title)}` }, value);
    const bodies: Record<string, unknown> = exampleBodies;
    const answers: Record<string, unknown> = exampleAnswers;

    for (const { id, body, success } of all) {
      if (body !== undefined) {
        expect(accepts(member(body, "title"), bodies[id]), id).toBe(true);
        expect(accepts(member(body, "title"), { ...Object(bodies[id]), tenantId: "x" }), id).toBe(false);
      }
      if (success.schema !== undefined) expect(accepts(member(success.schema, "title"), answers[id]), id).toBe(true);
    }
    expect(accepts("Problem", problem({ status: 404, detail: "no such tenant" }))).toBe(true);
  });
});
