/** In a frame of somebody else's page, the id of the link that was made for it; null in a page of its own. */
export function framedLinkId(): string | null {
  return /\/embed\/([0-9A-Za-z]{12})(?:\/|$)/.exec(window.location.pathname)?.[1] ?? null;
}
