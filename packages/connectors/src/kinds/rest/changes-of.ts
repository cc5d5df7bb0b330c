import { equalJson } from "@muster/scim";
import type { UserChange } from "../../connector.ts";
import type { RequestTemplate, RestOperations } from "./rest-template.ts";

type Change = { at: string; request: RequestTemplate };

/** The requests that a change of an account takes, in their order: whether it may be used first, and then what else is different. */
export function changesOf(operations: RestOperations, { from, to }: UserChange): Change[] {
  const { update, deactivate, reactivate } = operations;
  const [was, is] = [from?.["active"], to["active"]];
  // Of an account of which nothing is known, both are said.
  const toggle =
    is === false && was !== false
      ? { at: "deactivate", given: deactivate }
      : is === true && was !== true && (from === null || was === false)
        ? { at: "reactivate", given: reactivate }
        : null;
  const byUpdate = toggle?.given === "update";
  const changes: Change[] = [];
  if (toggle !== null && toggle.given !== undefined && toggle.given !== "update")
    changes.push({ at: toggle.at, request: toggle.given });
  if (update !== undefined && (byUpdate || differs(from, to))) changes.push({ at: "update", request: update });
  return changes;
}

function differs(from: UserChange["from"], to: UserChange["to"]): boolean {
  const { active: _was, ...before } = from ?? {};
  const { active: _is, ...after } = to;
  return from === null || !equalJson(before, after);
}
