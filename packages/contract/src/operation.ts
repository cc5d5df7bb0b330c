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
  success: { status: 200 | 201 | 202 | 204; schema?: TSchema };
};

export type BodyOf<O extends Operation> = O extends { body: infer S extends TSchema } ? Static<S> : undefined;
export type QueryOf<O extends Operation> = O extends { query: infer S extends TSchema }
  ? Static<S>
  : Record<string, never>;
export type ParamsOf<O extends Operation> = Static<O["params"]>;
export type SuccessOf<O extends Operation> = O["success"] extends { schema: infer S extends TSchema }
  ? Static<S>
  : undefined;
