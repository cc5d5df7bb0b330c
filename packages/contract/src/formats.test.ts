import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBaseUrl, isCredentialHeader } from "./formats.ts";

describe("isBaseUrl", () => {
  it.each([
    "https://app.example",
    "https://app.example/",
    "HTTPS://App.example/scim/v2/",
    "http://127.0.0.1:8080/scim",
    "https://[::1]:8443/scim",
    "https://app.example/a%20b/%40c@d:e",
    "https://bücher.example/scim",
  ])("takes %s", (url) => {
    expect(isBaseUrl(url)).toBe(true);
  });

  it.each([
    "",
    "app.example/scim",
    "//app.example",
    "/scim",
    "ftp://app.example",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https:app.example",
    "https:/app.example",
    "https:///app.example",
    "https://",
    "https://user:secret@app.example",
    "https://user@app.example",
    "https://@app.example",
    "https://app.example?x=1",
    "https://app.example/?",
    "https://app.example/scim?token=1",
    "https://app.example/scim#top",
    "https://app.example/#",
    "https:\\\\app.example",
    "https://app.example\\@evil.example",
    "https://app.example/a\\b",
    " https://app.example",
    "https://app.example ",
    "https://app.exa\tmple",
    "https://app.example/\n",
    "https://app.example:99999",
    "https://app.example:x",
    "https://app.example/\ud800",
    "https://exa mple",
  ])("refuses %j", (url) => {
    expect(isBaseUrl(url)).toBe(false);
  });

  it("takes only what parses to an http or https URL with none of the other parts", () => {
    const piece = fc.constantFrom(
      "http",
      "https",
      "ftp",
      ":",
      "/",
      "//",
      "\\",
      "@",
      "?",
      "#",
      "a",
      "app.example",
      "[::1]",
      ":80",
      "%2f",
      "\t",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = pieces.join("");
        if (!isBaseUrl(text)) return;
        const { protocol, username, password, search, hash, host } = new URL(text);
        expect(["http:", "https:"]).toContain(protocol);
        expect([username, password, search, hash]).toEqual(["", "", "", ""]);
        expect(text.split("/")[2]?.startsWith(host.split(":")[0] ?? "")).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("isCredentialHeader", () => {
  it.each(["Authorization", "X-Api-Key", "api_key", "Cookie"])("takes %s", (name) => {
    expect(isCredentialHeader(name)).toBe(true);
  });

  it.each([
    "",
    "Host",
    "HOST",
    "content-length",
    "Content-Type",
    "Transfer-Encoding",
    "connection",
    "Proxy-Authorization",
    "x y",
    "x:",
    "x\n",
    "é",
  ])("refuses %j", (name) => {
    expect(isCredentialHeader(name)).toBe(false);
  });
});
