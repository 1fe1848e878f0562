/** Ranks of functions by cosine, over all functions of a split; nothing larger than one query's scores is kept. */
import type { VectorPredictions } from './contracts.ts';

export interface OwnRank {
  /** Index of the sample whose query was asked. */
  readonly sample: number;
  /** Of its own function, 1 for the best. Of equal cosines, the one that stands earlier in the split comes first. */
  readonly rank: number;
}

/** For each sample that has a query: the rank of its own function among all. @param limit of queries and of functions, the first ones */
export function ownRanks({ codes, queries }: VectorPredictions, limit = Number.POSITIVE_INFINITY): OwnRank[] {
  const pool = codes.flatMap((code, index) => (code === null ? [] : [{ code, index }])).slice(0, limit);
  const asked = pool.flatMap(({ code, index }) => {
    const query = queries[index] ?? null;
    return query === null ? [] : [{ code, index, query }];
  });
  return asked.slice(0, limit).map(({ code, index, query }) => {
    const own = cosine(query, code);
    let rank = 1;
    for (const other of pool) {
      if (other.index === index) continue;
      const score = cosine(query, other.code);
      if (score > own || (score === own && other.index < index)) rank += 1;
    }
    return { sample: index, rank };
  });
}

/** Of unit vectors; the same sum in the same order for equal pairs. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [even, odd] = [0, 0];
  const { length } = a;
  for (let i = 0; i + 1 < length; i += 2) {
    even += a[i]! * b[i]!;
    odd += a[i + 1]! * b[i + 1]!;
  }
  return even + odd + (length % 2 === 1 ? a[length - 1]! * b[length - 1]! : 0);
}
