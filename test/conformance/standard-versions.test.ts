import { expect } from "vitest";
import { USER } from "../e2e/clients.ts";
import { describeRules, type Rule } from "./rules.ts";

const rules: readonly Rule[] = [
  [
    "a read of the version that the client has is 304, with the ETag and without a body",
    "RFC 7644 section 3.14, RFC 9110 sections 13.1.2 and 15.4.5",
    async ({ scim, aUser, aGroup }) => {
      for (const { at, meta } of [await aUser(), await aGroup()]) {
        const read = (version: string, method = "GET") =>
          scim.send(method, at, undefined, { headers: { "If-None-Match": version } });
        for (const version of [meta.version, `W/"other", ${meta.version}`, meta.version.replace("W/", ""), "*"]) {
          const { status, text, headers } = await read(version);
          expect([version, status, text, headers.get("etag")]).toEqual([version, 304, "", meta.version]);
        }
        expect((await read(meta.version, "HEAD")).status).toBe(304);
        expect((await read('W/"other"')).status).toBe(200);
      }
    },
  ],
  [
    "once it has changed, the read is 200 again",
    "RFC 7644 section 3.14",
    async ({ scim, aUser }) => {
      const { at, meta } = await aUser();
      await scim.patch(at, { op: "replace", path: "title", value: "x" });
      const { status, body } = await scim.send("GET", at, undefined, { headers: { "If-None-Match": meta.version } });
      expect([status, body["title"]]).toEqual([200, "x"]);
    },
  ],
  [
    "If-Match may name several versions",
    "RFC 9110 section 13.1.1",
    async ({ scim, aUser }) => {
      const { at, userName, meta } = await aUser();
      const answer = await scim.send(
        "PUT",
        at,
        { schemas: [USER], userName },
        { headers: { "If-Match": `W/"other", ${meta.version}` } },
      );
      expect(answer.status).toBe(200);
    },
  ],
];

describeRules("versions by RFC 7644", rules);
