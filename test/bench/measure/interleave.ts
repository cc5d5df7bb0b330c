/** Cells by name, each measured once a round. */
export type Cells<T> = { [K in keyof T]: () => Promise<T[K]> };

/**
 * Measures every cell once a round, beginning with another one each time, so that what else the machine does falls on
 * all of them alike. Gives each round's values together.
 */
export async function interleave<T extends object>(rounds: number, cells: Cells<T>): Promise<T[]> {
  const names = Object.keys(cells) as (keyof T)[];
  const done: T[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const values: Partial<T> = {};
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      if (name !== undefined) values[name] = await cells[name]();
    }
    done.push(values as T);
  }
  return done;
}
