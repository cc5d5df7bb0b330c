import { cloneElement, type ReactElement, type ReactNode } from "react";
import type { Route } from "../api/call.ts";
import { useSession } from "../api/session.tsx";

type Props = {
  /** What is asked of the API when it is used. */
  to: Route;
  /** What stands in its place where words are enough; else the button itself, switched off. */
  instead?: ReactNode;
  children: ReactElement<{ disabled?: boolean; title?: string }>;
};

/**
 * What is there for those who may use it; for others it is switched off and says why. The one place that decides it: whatever asks the
 * API for more than what everybody may read stands in one of these.
 */
export function Guarded({ to, instead, children }: Props) {
  const { may, session } = useSession();
  if (may(to)) return children;
  if (instead !== undefined) return instead;
  const title =
    session.role === null ? "Your link does not allow this" : `Your role, ${session.role}, does not allow this`;
  return cloneElement(children, { disabled: true, title });
}
