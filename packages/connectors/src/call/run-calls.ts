import type { CallContext } from "../connector.ts";
import type { CallTarget, Failure, Success, TargetCall } from "./call-target.ts";

/** An outcome before it is known how long it took. */
export type Untimed<T> = T extends unknown ? Omit<T, "durationMs"> : never;

export type SendCall = (call: TargetCall) => Promise<Success | Failure>;

/** Does what one call of a connector needs: however many requests that are, they share its deadline. */
export async function runCalls<R extends object>(
  callTarget: CallTarget,
  context: CallContext,
  work: (send: SendCall) => Promise<R>,
): Promise<R & { durationMs: number }> {
  const startMs = performance.now();
  const send: SendCall = (call) => {
    const timeoutMs = Math.max(1, Math.floor(context.timeoutMs - (performance.now() - startMs)));
    return callTarget(call, { ...context, timeoutMs });
  };
  return await timed(() => work(send));
}

/** Tells how long something took, in milliseconds. */
export async function timed<R extends object>(work: () => Promise<R>): Promise<R & { durationMs: number }> {
  const startMs = performance.now();
  const result = await work();
  return { ...result, durationMs: performance.now() - startMs };
}
