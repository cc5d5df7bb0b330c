import { adminRoutes } from "./admin/routes.ts";
import type { AdminRoute, ScimRoute } from "./route.ts";
import { bulkRoutes } from "./scim/bulk.ts";
import { discoveryRoutes } from "./scim/discovery.ts";
import { groupRoutes } from "./scim/groups.ts";
import { searchRoutes } from "./scim/search.ts";
import { userRoutes } from "./scim/users.ts";

/**
 * Every route of the gateway as data: method, path, who may call, what answers. SCIM routes live under
 * `/scim/v2/{directoryId}` and need that directory's token; admin routes are the contract's operations and need an API
 * key. Adding a route is adding a row; the rest (authentication, limits, errors) applies to every row alike.
 */
export const scimRoutes: readonly ScimRoute[] = [
  ...userRoutes,
  ...groupRoutes,
  ...searchRoutes,
  ...bulkRoutes([...userRoutes, ...groupRoutes]),
  ...discoveryRoutes,
];

export const apiRoutes: readonly AdminRoute[] = adminRoutes;
