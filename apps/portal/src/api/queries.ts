import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { AnswerAt, ApiError, Route, SentOf } from "./call.ts";
import { useSession } from "./session.tsx";

type ReadRoute = Extract<Route, `GET ${string}`>;
type ListRoute = { [R in ReadRoute]: AnswerAt<R> extends { items: unknown[] } ? R : never }[ReadRoute];
type ItemAt<R extends ListRoute> = AnswerAt<R> extends { items: (infer I)[] } ? I : never;

type Options<Answer = never> = {
  everyMs?: number | ((answer: Answer | undefined) => number | false);
  isEnabled?: boolean;
};

/** Reads one thing, again and again with `everyMs` while somebody looks. */
export function useRead<R extends ReadRoute>(route: R, sent: SentOf<R>, options: Options<AnswerAt<R>> = {}) {
  const { call } = useSession();
  const { everyMs = false } = options;
  return useQuery<AnswerAt<R>, ApiError>({
    queryKey: [route, sent],
    queryFn: ({ signal }) => call(route, sent, signal),
    refetchInterval: typeof everyMs === "function" ? (query) => everyMs(query.state.data) : everyMs,
    enabled: options.isEnabled ?? true,
  });
}

/** Reads a list page by page; what was shown stays while a search is under way. */
export function useList<R extends ListRoute>(
  route: R,
  sent: SentOf<R>,
  options: { everyMs?: number; isEnabled?: boolean } = {},
) {
  const { call } = useSession();
  type Page = { items: ItemAt<R>[]; nextPageToken?: string };
  const query = useInfiniteQuery<Page, ApiError, InfiniteData<Page>, unknown[], string | undefined>({
    // Not the key of the same thing read at once, whose data has another shape.
    queryKey: [route, sent, "pages"],
    queryFn: async ({ pageParam, signal }) => {
      const page = { ...sent, query: { ...sent.query, ...(pageParam === undefined ? {} : { pageToken: pageParam }) } };
      return (await call(route, page as SentOf<R>, signal)) as Page;
    },
    initialPageParam: undefined,
    getNextPageParam: (last) => last.nextPageToken,
    placeholderData: keepPreviousData,
    refetchInterval: options.everyMs ?? false,
    enabled: options.isEnabled ?? true,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return { query, items };
}

/** As many as one page of a list brings at most. */
const WHOLE_PAGE = 200;

/** Reads a list page by page outside of what is shown. */
export function useReadPage<R extends ListRoute>(route: R, sent: SentOf<R>) {
  const { call } = useSession();
  return async (pageToken: string | undefined) => {
    const query = { ...sent.query, pageSize: WHOLE_PAGE, ...(pageToken === undefined ? {} : { pageToken }) };
    return (await call(route, { ...sent, query } as SentOf<R>)) as { items: ItemAt<R>[]; nextPageToken?: string };
  };
}

/** Changes something; everything that was read is read again once it went well. */
export function useChange<R extends Exclude<Route, ReadRoute>>(route: R) {
  const { call } = useSession();
  const queries = useQueryClient();
  return useMutation<AnswerAt<R>, ApiError, SentOf<R>>({
    mutationFn: (sent) => call(route, sent),
    onSuccess: () => queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" }),
  });
}
