const KEY = "muster.place";
const WORKSPACE = "muster.workspace";

/** Remembers, in this tab alone, which page somebody was on who goes to sign in elsewhere. */
export function keepPlace(path: string): void {
  if (path !== "/") window.sessionStorage.setItem(KEY, path);
}

/** Where to go on, once: a path of the portal, or null. Only this page could have written it. */
export function takePlace(): string | null {
  const path = window.sessionStorage.getItem(KEY);
  window.sessionStorage.removeItem(KEY);
  return path;
}

/** The workspace that the page's address names, in this tab from then on; null for the one that was used last. */
export function chosenWorkspace(): string | null {
  const named = new URLSearchParams(window.location.search).get("workspace");
  if (named !== null) window.sessionStorage.setItem(WORKSPACE, named);
  return window.sessionStorage.getItem(WORKSPACE);
}
