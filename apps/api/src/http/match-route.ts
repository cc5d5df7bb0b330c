/** A route's template split at its slashes; a part that begins with ":" or "{" takes any one segment. */
export type CompiledRoute<Route> = { route: Route; method: string; parts: readonly string[] };

export type RouteMatch<Route> =
  | { kind: "found"; route: Route; params: Record<string, string> }
  /** The path exists, but not with this method. */
  | { kind: "wrongMethod"; allowed: string[] }
  | { kind: "unknown" };

/** Prepares a route table for matching. */
export function compileRoutes<Route>(
  routes: readonly Route[],
  describe: (route: Route) => { method: string; path: string },
): CompiledRoute<Route>[] {
  return routes.map((route) => {
    const { method, path } = describe(route);
    return { route, method: method.toUpperCase(), parts: segmentsOf(path) };
  });
}

/** Splits a path at its slashes; empty segments do not count, so a trailing or doubled slash changes nothing. */
export function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** Finds the route for a method and a path that was split and decoded. HEAD is answered as GET. */
export function matchRoute<Route>(
  routes: readonly CompiledRoute<Route>[],
  method: string,
  segments: readonly string[],
): RouteMatch<Route> {
  const wanted = method === "HEAD" ? "GET" : method;
  const allowed = new Set<string>();
  for (const candidate of routes) {
    const params = bind(candidate.parts, segments);
    if (params === undefined) continue;
    if (candidate.method === wanted) return { kind: "found", route: candidate.route, params };
    allowed.add(candidate.method);
  }
  return allowed.size === 0 ? { kind: "unknown" } : { kind: "wrongMethod", allowed: [...allowed].sort() };
}

function bind(parts: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = segment;
    else if (part.startsWith("{")) params[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}
