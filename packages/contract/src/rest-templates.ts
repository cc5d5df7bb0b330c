import Type, { type Static } from "typebox";
import { closed, matching, oneOf } from "./primitives.ts";

const cel = (description: string) =>
  Type.String({ minLength: 1, maxLength: 4000, description: `an expression in CEL: ${description}` });

const request = {
  method: oneOf(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  path: cel('the segments of the path below the base URL, as a list: ["users", id]'),
  query: Type.Optional(cel("an object that becomes the query")),
  headers: Type.Optional(
    Type.Record(matching("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", 100, "a header name"), cel("a text"), {
      additionalProperties: false,
      maxProperties: 20,
      description: "never what signs in",
    }),
  ),
  body: Type.Optional(cel("an object or a list, sent as JSON")),
  success: Type.Optional(cel("true where an answer 2xx means that it was done: of status, headers and body")),
};
const RestRequest = closed(request, { title: "RestRequest" });

const paging = closed(
  {
    style: oneOf(["none", "index", "cursor", "link"]),
    size: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "accounts in a page; 50 unless set" })),
    next: Type.Optional(cel("the cursor of the next page, null or empty at the end; for style cursor")),
    total: Type.Optional(cel("how many accounts there are in all, where the answer says it")),
  },
  {
    description:
      "How a list goes on: by page.index, page.number and page.count, by page.cursor, or by the Link header.",
  },
);
const RestList = closed(
  { ...request, items: cel("the list of accounts in an answer"), paging: Type.Optional(paging) },
  { title: "RestList" },
);

// Titles are names of the OpenAPI document, where no two schemas share one.
const orUpdate = (title: string, description: string) =>
  Type.Unsafe<Static<typeof RestRequest> | "update">({
    ...RestRequest,
    title,
    type: ["string", "object"],
    pattern: "^update$",
    description: `${description}; "update" sends the update`,
  });

export const RestOptions = closed(
  {
    account: cel("what an account is as a SCIM user, an object with at least id: of item"),
    attributes: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        maxItems: 100,
        uniqueItems: true,
        description: "attributes that the app keeps, besides userName, externalId and active; all unless set",
      }),
    ),
    operations: closed(
      {
        create: Type.Optional(RestRequest),
        read: Type.Optional(RestRequest),
        list: Type.Optional(RestList),
        find: Type.Optional(
          closed({
            externalId: Type.Optional(RestList),
            userName: Type.Optional(RestList),
            email: Type.Optional(RestList),
          }),
        ),
        update: Type.Optional(RestRequest),
        deactivate: Type.Optional(orUpdate("RestDeactivation", "makes an account inactive")),
        reactivate: Type.Optional(orUpdate("RestReactivation", "makes it active again")),
        delete: Type.Optional(RestRequest),
        check: Type.Optional(RestRequest),
      },
      { description: "What is left out is what the app cannot do." },
    ),
  },
  { title: "RestOptions", description: "The templates of a REST target." },
);
export type RestOptions = Static<typeof RestOptions>;
