import { cloneElement, type ReactElement } from "react";
import type { Route } from "../api/call.ts";
import { useSession } from "../api/session.tsx";

/** A button for those who may do it; for others it stands there, switched off, and says why. */
export function Guarded({
  to,
  children,
}: {
  to: Route;
  children: ReactElement<{ disabled?: boolean; title?: string }>;
}) {
  const { may, session } = useSession();
  if (may(to)) return children;
  const title =
    session.role === null ? "Your link does not allow this" : `Your role, ${session.role}, does not allow this`;
  return cloneElement(children, { disabled: true, title });
}
