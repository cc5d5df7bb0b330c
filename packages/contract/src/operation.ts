import type { Static, TObject, TSchema } from "typebox";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** One operation of the admin API as data: what it is called, what it takes and what it answers when all is well. */
export type Operation = {
  id: string;
  tag: string;
  method: Method;
  path: string;
  summary: string;
  params: TObject;
  query?: TObject;
  body?: TSchema;
  /** No body is as good as an empty object. */
  bodyOptional?: true;
  /** What is asked for may not be kept any more. */
  gone?: true;
  /**
   * With `lines` the answer is a stream of such objects, a line each (application/x-ndjson). With `live` it goes on for as long as
   * somebody listens: the newest state at once, and again whenever it is another (text/event-stream).
   */
  success: { status: 200 | 201 | 202 | 204; schema?: TSchema; lines?: true; live?: true };
};

/** An answer of many lines: writes them, waiting with each for whoever reads. */
export type Lines<Line> = (write: (lines: readonly Line[]) => Promise<void>) => Promise<void>;

/** An answer that goes on: tells each state until it is stopped by what it gives back, or there is nothing to tell of any more. */
export type Live<State> = (listener: { next(state: State): void; end(): void }) => () => void;

export type BodyOf<O extends Operation> = O extends { body: infer S extends TSchema } ? Static<S> : undefined;
export type QueryOf<O extends Operation> = O extends { query: infer S extends TSchema }
  ? Static<S>
  : Record<string, never>;
export type ParamsOf<O extends Operation> = Static<O["params"]>;
/** What the answer, or each line of it, is. */
export type AnswerOf<O extends Operation> = O["success"] extends { schema: infer S extends TSchema }
  ? Static<S>
  : undefined;
/** What a handler gives. */
export type SuccessOf<O extends Operation> = O["success"] extends { lines: true }
  ? Lines<AnswerOf<O>>
  : O["success"] extends { live: true }
    ? Live<AnswerOf<O>>
    : AnswerOf<O>;
