import { describe, expect, it } from "vitest";
import type { Target, TargetAuth } from "./connector.ts";
import { connectorMetadata } from "./connector-metadata.ts";

const { fields } = connectorMetadata.scim;
const auths: TargetAuth[] = [
  { scheme: "bearer", token: "t" },
  { scheme: "header", name: "n", value: "v" },
  { scheme: "basic", username: "u", password: "p" },
];

describe("the form of a SCIM target", () => {
  it.each(auths)("asks for exactly what a target with $scheme sign-in is made of", (auth) => {
    const target: Target = { kind: "scim", baseUrl: "https://app.example", auth, updateMethod: "patch" };
    const asked = fields.filter((field) => !field.when || field.when.is === auth.scheme).map((field) => field.path);

    const parts = ["baseUrl", "updateMethod", ...Object.keys(target.auth).map((name) => `auth.${name}`)];
    expect(asked.toSorted()).toEqual(parts.toSorted());
  });

  it("knows which inputs are secret, and offers every choice there is", () => {
    expect(fields.filter((field) => field.secret).map((field) => field.path)).toEqual([
      "auth.token",
      "auth.value",
      "auth.password",
    ]);
    const schemes = fields.find((field) => field.path === "auth.scheme");
    expect(schemes?.options?.map((option) => option.value)).toEqual(auths.map((auth) => auth.scheme));
  });

  it("uses only controls that a form can render", () => {
    expect(new Set(fields.map((field) => field.control))).toEqual(new Set(["url", "choice", "text"]));
  });
});
