const KEY = "muster.place";

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
