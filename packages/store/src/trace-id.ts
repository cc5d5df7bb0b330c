/** A trace id is stored like a uuid, which is as long, and written without its dashes. */
export const toTraceId = (stored: string | null): string | null => stored?.replaceAll("-", "") ?? null;
