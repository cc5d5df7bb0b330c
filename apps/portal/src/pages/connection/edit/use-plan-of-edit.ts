import { useDebouncedValue } from "@mantine/hooks";
import type { PlanOfEdit, RequestPlanRequest } from "@muster/contract";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { ApiError } from "../../../api/call.ts";
import { useRead } from "../../../api/queries.ts";
import { useSession } from "../../../api/session.tsx";

export type ProposedEdit = RequestPlanRequest["proposed"];

const ASK = "POST /api/v1/connections/{connectionId}/plans";
/** Long enough to finish a word or a second choice, short enough to look live. */
const PAUSE_MS = 600;
const EVERY_MS = 500;
/** How many people are named of each change. */
const NAMES = 5;

/** A plan of an edit: undefined while it is not there yet. `isStale` while the edit has changed since it was asked for. */
export type PlanRead = {
  /** Whether whoever is signed in may ask for one. */
  isAllowed: boolean;
  plan: PlanOfEdit | undefined;
  error: ApiError | null;
  isStale: boolean;
  retry(): void;
};

/** Asks what an edit would change, again when it changes; one plan at a time, so that typing costs a large tenant little. */
export function usePlanOfEdit(connectionId: string, proposed: ProposedEdit | null): PlanRead {
  const { call, may } = useSession();
  const isAllowed = may(ASK);
  const now = proposed === null || !isAllowed ? "" : JSON.stringify(proposed);
  const [wanted] = useDebouncedValue(now, PAUSE_MS);
  const [edit, setEdit] = useState("");
  const asked = useQuery<PlanOfEdit, ApiError>({
    queryKey: ["a plan of an edit", connectionId, edit],
    queryFn: ({ signal }) =>
      call(
        ASK,
        { params: { connectionId }, body: { proposed: JSON.parse(edit) as ProposedEdit, names: NAMES } },
        signal,
      ),
    enabled: edit !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  const read = useRead(
    "GET /api/v1/connections/{connectionId}/plans/{planId}",
    { params: { connectionId, planId: asked.data?.id ?? "" } },
    { everyMs: (plan) => (isOver(plan) ? false : EVERY_MS), isEnabled: asked.data !== undefined },
  );
  const error = asked.error ?? read.error;
  const isBusy = edit !== "" && error === null && !isOver(read.data);
  useEffect(() => {
    if (!isBusy || wanted === "") setEdit(wanted);
  }, [wanted, isBusy]);
  return {
    isAllowed,
    plan: edit === "" ? undefined : (read.data ?? asked.data),
    error: edit === "" ? null : error,
    isStale: edit !== now,
    retry: () => void asked.refetch(),
  };
}

function isOver(plan: PlanOfEdit | undefined): boolean {
  return plan?.state === "done" || plan?.state === "failed";
}
