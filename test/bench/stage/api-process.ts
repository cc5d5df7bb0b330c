import type { Address } from "../load/http-connection.ts";

/** A server to measure: where it listens, and whose CPU it uses. */
export type ApiProcess = { pid: number; address: Address };
