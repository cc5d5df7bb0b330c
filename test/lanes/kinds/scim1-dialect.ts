import type { Attributes } from "@muster/scim";
import { scimDialect } from "./scim-dialect.ts";
import type { AppReply, Dialect } from "./scripted-app.ts";

const CORE = "urn:scim:schemas:core:1.0";

/** SCIM 1.1, with PUT for a change: it takes nothing that is of 2.0, and answers nothing that is. */
export const scim1Dialect: Dialect = {
  asksFor: scimDialect.asksFor,
  answer(request, accounts) {
    const { body } = request;
    if (body !== "" && (!body.includes(CORE) || body.includes("urn:ietf"))) return refused(400);
    const { status, body: answered, ...rest } = scimDialect.answer(request, accounts);
    if (status >= 400) return refused(status);
    return answered === undefined ? { status, ...rest } : { status, body: older(answered as Attributes), ...rest };
  },
};

const refused = (status: number): AppReply => ({
  status,
  body: { Errors: [{ description: "no", code: String(status) }] },
});

function older({ schemas: _schemas, Resources: listed, ...rest }: Attributes): Attributes {
  const resources = Array.isArray(listed) ? { Resources: listed.map((one) => older(one as Attributes)) } : {};
  return { schemas: [CORE], ...rest, ...resources };
}
