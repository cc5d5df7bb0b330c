import { type ReadBatch, StoreUnavailable, type TenantId } from "@muster/store";
import { makeGroupCommit } from "./group-commit.ts";

/** Asks one question for one tenant and gives its answer. */
export type Ask<Question, Answer> = (tenantId: TenantId, question: Question) => Promise<Answer>;

/** Answers every question of each batch in its order. */
export type ReadTogether<Question, Answer> = (
  batches: readonly [ReadBatch<Question>, ...ReadBatch<Question>[]],
) => Promise<readonly (readonly Answer[])[]>;

type Asked<Question, Answer> = {
  tenantId: TenantId;
  question: Question;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
};

/**
 * Makes a line of reads that share statements (ADR 0015): those that arrive while one runs go into the next, so that each
 * sees whatever was committed before it was asked. A lone caller waits for nobody.
 */
export function makeSharedReads<Question, Answer>(read: ReadTogether<Question, Answer>): Ask<Question, Answer> {
  const line = makeGroupCommit<Asked<Question, Answer>>((batch) => answerBatch(read, batch));
  return (tenantId, question) => new Promise((resolve, reject) => line.add({ tenantId, question, resolve, reject }));
}

/** Settles every caller of a batch; never rejects itself. */
async function answerBatch<Question, Answer>(
  read: ReadTogether<Question, Answer>,
  batch: readonly Asked<Question, Answer>[],
): Promise<void> {
  const parts = [...Map.groupBy(batch, ({ tenantId }) => tenantId)].map(([tenantId, asked]) => ({
    tenantId,
    asked,
    questions: asked.map(({ question }) => question),
  }));
  const [first, ...rest] = parts;
  if (first === undefined) return;
  try {
    const answers = await read([first, ...rest]);
    for (const [index, { asked }] of parts.entries())
      for (const [position, answer] of (answers[index] ?? []).entries()) asked[position]?.resolve(answer);
  } catch (error) {
    // The database is away, or the question is this caller's own: nothing to try again in smaller parts.
    if (error instanceof StoreUnavailable || batch.length === 1) for (const { reject } of batch) reject(error);
    else for (const one of batch) await answerBatch(read, [one]);
  }
}
