const KEY = "muster.place";
const WORKSPACE = "muster.workspace";

/** What this tab keeps; null in a frame whose browser keeps nothing for it, where nobody signs in elsewhere. */
function tabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** Remembers, in this tab alone, which page somebody was on who goes to sign in elsewhere. */
export function keepPlace(path: string): void {
  if (path !== "/") tabStorage()?.setItem(KEY, path);
}

/** Where to go on, once: a path of the portal, or null. Only this page could have written it. */
export function takePlace(): string | null {
  const storage = tabStorage();
  const path = storage?.getItem(KEY) ?? null;
  storage?.removeItem(KEY);
  return path;
}

/** The workspace that the page's address names, in this tab from then on; null for the one that was used last. */
export function chosenWorkspace(): string | null {
  const named = new URLSearchParams(window.location.search).get("workspace");
  const storage = tabStorage();
  if (named !== null) storage?.setItem(WORKSPACE, named);
  return named ?? storage?.getItem(WORKSPACE) ?? null;
}
