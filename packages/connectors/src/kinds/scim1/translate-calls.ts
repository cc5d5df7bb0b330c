import { type Attributes, isAttributes, type Json } from "@muster/scim";
import type { CallTarget, Failure, TargetCall } from "../../call/call-target.ts";
import { parseObject } from "../../call/parse-reply.ts";
import { toOldPatch } from "./translate-patch.ts";
import { fromOld, type ResourceKind, toOld } from "./translate-resource.ts";

/**
 * Lets whoever speaks SCIM 2.0 call an app that speaks 1.1: requests are put into its words, and its answers into those of RFC 7643 and
 * 7644. What differs is how a resource names its schemas, the form of a PATCH, where the app describes itself, and how members are left out.
 */
export function translateCalls(callTarget: CallTarget): CallTarget {
  return async (call, context) => {
    const kind: ResourceKind = call.path.startsWith("/Groups") ? "Group" : "User";
    const body = call.body === undefined ? undefined : oldBody(call.method, call.body);
    if (body === null) return unsayable(call);
    const answer = await callTarget(
      {
        ...call,
        path: call.path === "/ServiceProviderConfig" ? "/ServiceProviderConfigs" : call.path,
        ...(call.query === undefined ? {} : { query: oldQuery(call.query, kind) }),
        ...(body === undefined ? {} : { body }),
      },
      context,
    );
    if (answer.kind === "failure" || !/^\/(?:Users|Groups)/.test(call.path)) return answer;
    return {
      kind: "success",
      status: answer.status,
      headers: answer.headers,
      body: newBody(answer.body, kind),
      get excerpt() {
        return answer.excerpt;
      },
    };
  };
}

function oldBody(method: TargetCall["method"], body: Json): Attributes | null {
  if (!isAttributes(body)) return null;
  if (method !== "PATCH") return toOld(body);
  const { Operations: operations } = body;
  return Array.isArray(operations) ? toOldPatch(operations) : null;
}

/** SCIM 1.1 can name what is wanted of a resource, not what is not wanted. */
function oldQuery(query: string, kind: ResourceKind): string {
  return kind === "Group" ? query.replace("excludedAttributes=members", "attributes=displayName,externalId") : query;
}

/** A body that is no resource and no list of them is left to whoever reads it. */
function newBody(text: string, kind: ResourceKind): string {
  const body = parseObject(text);
  if (body === null || Object.hasOwn(body, "Errors")) return text;
  const { Resources: listed } = body;
  if (!Array.isArray(listed)) return Object.hasOwn(body, "totalResults") ? text : JSON.stringify(fromOld(body, kind));
  const resources = listed.map((one: Json) => (isAttributes(one) ? fromOld(one, kind) : one));
  const { schemas: _schemas, ...list } = body;
  return JSON.stringify({ ...list, Resources: resources });
}

function unsayable({ method, path }: TargetCall): Failure {
  return {
    kind: "failure",
    class: "permanent",
    status: null,
    isScimError: false,
    scimType: null,
    retryAfterMs: null,
    isTooLarge: false,
    detail: `${method} ${path} was not sent: SCIM 1.1 has no words for it`,
  };
}
