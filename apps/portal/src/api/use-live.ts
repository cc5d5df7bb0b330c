import { useDocumentVisibility } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { LiveRoute, Route } from "./call.ts";
import { useSession } from "./session.tsx";

/** Rest before a stream that was lost is begun again, twice as long each time. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

/**
 * Keeps what was read by `read` as new as the stream of `route` tells, while somebody looks. True while it does; where it does not,
 * whoever shows it asks now and then instead.
 */
export function useLive(route: LiveRoute, read: Route, params: Record<string, string>): boolean {
  const { follow } = useSession();
  const queries = useQueryClient();
  const isSeen = useDocumentVisibility() === "visible";
  const [isLive, setIsLive] = useState(false);
  const key = JSON.stringify(params);
  useEffect(() => {
    if (!isSeen) return;
    const left = new AbortController();
    const { signal } = left;
    const sent = { params: JSON.parse(key) as Record<string, string> };
    let restMs = FIRST_REST_MS;
    const state = (told: unknown) => {
      restMs = FIRST_REST_MS;
      setIsLive(true);
      queries.setQueryData([read, sent], told);
    };
    const goOn = async (): Promise<void> => {
      // Lost on the way is as good as ended: it begins again.
      const next = await follow(route, sent, { state, signal }).catch(() => "again" as const);
      if (signal.aborted) return;
      setIsLive(false);
      if (next === "never") return;
      await new Promise((resolve) => setTimeout(resolve, restMs));
      restMs = Math.min(restMs * 2, LONGEST_REST_MS);
      if (!signal.aborted) await goOn();
    };
    void goOn();
    return () => {
      left.abort();
      setIsLive(false);
    };
  }, [follow, queries, isSeen, route, read, key]);
  return isLive;
}
