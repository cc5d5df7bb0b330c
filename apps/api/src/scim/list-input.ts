import type { ListInput } from "@muster/directory";
import type { ListQuery, ResourceType } from "@muster/scim";
import type { ScimRequest } from "../route.ts";

/** What a list request asks of the directory, with the schemas of the request's directory. */
export function listInput(request: ScimRequest, query: ListQuery, resourceType: ResourceType): ListInput {
  const { filter, startIndex, count } = query;
  const page = { kind: "index", startIndex, count } as const;
  return { filter, sort: null, page, schema: request.directory.schemas[resourceType], baseUrl: request.baseUrl };
}
