import { useDebouncedValue } from "@mantine/hooks";
import type { MappingRowInput, Preview } from "@muster/contract";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ApiError } from "../../../api/call.ts";
import { useSession } from "../../../api/session.tsx";

const ASK = "POST /api/v1/connections/{connectionId}/preview";
const PAUSE_MS = 400;

/** What would be sent for a person by rows that are not saved, asked again as they change. */
export function usePreview(connectionId: string, userId: string | undefined, rows: MappingRowInput[] | null) {
  const { call, may } = useSession();
  const isAllowed = may(ASK);
  const now = rows === null ? "" : JSON.stringify(rows);
  const [wanted] = useDebouncedValue(now, PAUSE_MS);
  const query = useQuery<Preview, ApiError>({
    queryKey: ["a preview", connectionId, userId, wanted],
    queryFn: ({ signal }) =>
      call(
        ASK,
        {
          params: { connectionId },
          body: { userId: userId ?? "", mapping: JSON.parse(wanted) as MappingRowInput[] },
        },
        signal,
      ),
    enabled: isAllowed && userId !== undefined && wanted !== "",
    placeholderData: keepPreviousData,
  });
  return { ...query, isAllowed };
}

/** What is wrong with each row, by its place, in the API's words. */
export function rowErrors(error: ApiError | null): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const { path, message } of error?.issues ?? []) {
    const place = /^\/(?:mapping|rows)\/(\d+)/.exec(path)?.[1];
    if (place !== undefined) found.set(Number(place), message);
  }
  return found;
}
