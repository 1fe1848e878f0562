/** Counts n-grams as modified Kneser-Ney smoothing wants them: the longest plainly, shorter ones by what precedes them (defenses.md 9). */
import { GramTable, ROOT } from './gram-table.ts';

/** Tokens of their own: never seen, begin and end of a row. Words follow. */
export const [UNKNOWN, BEGIN, END, FIRST_WORD] = [0, 1, 2, 3] as const;

export interface GramCounts {
  readonly order: number;
  readonly table: GramTable;
  /** Of each gram, the root among them: its tokens. */
  readonly lengths: Uint8Array;
  /** Of each gram: it without its first token. */
  readonly suffixes: Int32Array;
  /** Of each gram: how often it occurs, if it is of the model's order or begins with `BEGIN`; else before how many tokens. */
  readonly counts: Float64Array;
}

/** @param rows tokens from `FIRST_WORD`, without begin and end */
export function countGrams(rows: Iterable<Int32Array>, order: number): GramCounts {
  const table = new GramTable();
  const [lengths, suffixes, counts] = [[0], [ROOT], [0]];
  /** Entry m: the gram of the last m tokens. */
  const last = new Int32Array(order + 1);

  const read = (token: number, place: number): void => {
    // From the shortest: a gram's suffix is there before it.
    const longest = Math.min(order, place + 1);
    const before = last.slice();
    for (let length = 1; length <= longest; length++) {
      const known = table.size;
      const gram = table.insert(before[length - 1]!, token);
      last[length] = gram;
      const isNew = gram === known;
      if (isNew) {
        lengths.push(length);
        suffixes.push(last[length - 1]!);
        counts.push(0);
        // One more token before the suffix; of a single token that is the root, which has no count.
        if (length > 1) counts[last[length - 1]!]!++;
      }
      const beginsRow = length === place + 1;
      if ((length === order || beginsRow) && token !== BEGIN) counts[gram]!++;
    }
  };

  for (const row of rows) {
    last.fill(ROOT);
    read(BEGIN, 0);
    row.forEach((token, index) => read(token, index + 1));
    read(END, row.length + 1);
  }
  return { order, table, lengths: Uint8Array.from(lengths), suffixes: Int32Array.from(suffixes), counts: Float64Array.from(counts) };
}
