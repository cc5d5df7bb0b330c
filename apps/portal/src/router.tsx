import { type ComponentPropsWithRef, type MouseEvent, useSyncExternalStore } from "react";
import { framedLinkId } from "./api/frame.ts";

/** Where the portal lives: "" at the root of its host; in a frame all of it lies below the address of its link. */
function basePath(): string {
  const base = new URL(document.baseURI).pathname.replace(/\/+$/, "");
  const linkId = framedLinkId();
  return linkId === null ? base : `${base}/embed/${linkId}`;
}

function readPath(): string {
  const { pathname } = window.location;
  const base = basePath();
  return pathname.startsWith(base) ? pathname.slice(base.length) || "/" : pathname;
}

function listen(onChange: () => void): () => void {
  window.addEventListener("popstate", onChange);
  return () => window.removeEventListener("popstate", onChange);
}

/** The path of the page that is shown, below where the portal lives. */
export function usePath(): string {
  return useSyncExternalStore(listen, readPath);
}

/** Goes to another page. */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  const url = `${basePath()}${path}`;
  if (options.replace === true) window.history.replaceState(null, "", url);
  else window.history.pushState(null, "", url);
  window.dispatchEvent(new PopStateEvent("popstate"));
  if (options.replace !== true) window.scrollTo(0, 0);
}

/** The values of a template such as `/tenants/:tenantId` in a path; null where it does not fit. */
export function matchPath(template: string, path: string): Record<string, string> | null {
  const [wanted, given] = [template, path].map((text) => text.split("/").filter((part) => part !== ""));
  if (wanted === undefined || given === undefined || wanted.length !== given.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) values[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return values;
}

type LinkProps = Omit<ComponentPropsWithRef<"a">, "href"> & { to: string };

/** A link to another page of the portal; with a key held down it is the browser's. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={`${basePath()}${to}`} onClick={go} />;
}
