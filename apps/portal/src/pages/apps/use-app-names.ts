import { useList } from "../../api/queries.ts";

/** The most that one page brings; a workspace with more apps shows the rest by their ids. */
const PAGE = { pageSize: 200 };

/** Names apps by their ids. */
export function useAppNames(): (appId: string) => string {
  const { items } = useList("GET /api/v1/apps", { query: PAGE });
  return (appId) => items.find((app) => app.id === appId)?.name ?? "App";
}
