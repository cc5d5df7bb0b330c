// red: promises no-floating-promises
import type { Kysely } from "kysely";

declare const db: Kysely<{ people: { id: string } }>;

export function forget(): void {
  db.deleteFrom("people").execute();
}
