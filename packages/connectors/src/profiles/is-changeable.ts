import type { Changeable } from "./target-profile.ts";

/** Whether an app lets this attribute, or a part of it, be changed once the account is made. */
export function isChangeable(path: string, changeable: Changeable): boolean {
  if (changeable.kind === "all" || path === "active" || path === "schemas") return true;
  const isNamed = changeable.attributes.some(
    (name) => path === name || (path.startsWith(name) && /^[.:[]/.test(path.slice(name.length))),
  );
  return isNamed === (changeable.kind === "only");
}
