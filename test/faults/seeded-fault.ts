/** A guard taken out on purpose, and the test that must notice (research of reliability, L6: a test that cannot fail proves nothing). */
export type SeededFault = {
  id: string;
  /** What is taken out, as the table shows it. */
  what: string;
  file: string;
  /** Must occur exactly once in the file. */
  find: string;
  replace: string;
  test: { file: string; name: string };
};

export const test = (file: string, name: string): SeededFault["test"] => ({ file, name });
export const faults = (file: string, name: string) => test(`test/faults/${file}.test.ts`, name);
export const e2e = (file: string, name: string) => test(`test/e2e/${file}.test.ts`, name);

/** Where several guards stand. */
export const ACCOUNTS = "packages/store/src/accounts.ts";
