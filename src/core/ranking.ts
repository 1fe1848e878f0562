/** Ranks of functions by cosine, over all functions of a split; nothing larger than the vectors themselves is kept. */
import type { Program, Sample, VectorPredictions } from './contracts.ts';

export interface OwnRank {
  /** Index of the sample whose query was asked. */
  readonly sample: number;
  /** Of its own function, 1 for the best. Of equal cosines, the one that stands earlier in the split comes first. */
  readonly rank: number;
}

interface Asked {
  readonly index: number;
  /** The sample under which its own function is found. */
  readonly holder: number;
  readonly query: Float32Array;
  readonly own: number;
}

/** For each sample the first one that holds the same function: several queries may ask for it, and it is found once. */
export function firstHolders(samples: readonly Pick<Sample, 'programs'>[]): number[] {
  const first = new Map<Program, number>();
  return samples.map(({ programs: [program] }, index) => {
    if (program === undefined) return index;
    if (!first.has(program)) first.set(program, index);
    return first.get(program)!;
  });
}

export interface RankOptions {
  /** Of queries and of functions, the first ones. */
  readonly limit?: number;
  /** Of `firstHolders`; default: no two samples hold the same function. */
  readonly holders?: readonly number[];
}

/** For each sample that has a query: the rank of its own function among all. */
export function ownRanks(
  { codes, queries }: VectorPredictions,
  { limit = Number.POSITIVE_INFINITY, holders }: RankOptions = {},
): OwnRank[] {
  const holderOf = (index: number): number => holders?.[index] ?? index;
  const pool = codes.flatMap((code, index) => (code === null || holderOf(index) !== index ? [] : [{ code, index }])).slice(0, limit);
  const found = new Map(pool.map(({ code, index }) => [index, code]));
  const asked = queries
    .flatMap((query, index): Asked[] => {
      const code = found.get(holderOf(index));
      return query === null || code === undefined ? [] : [{ index, holder: holderOf(index), query, own: cosine(query, code) }];
    })
    .slice(0, limit);
  const ranks = new Int32Array(asked.length).fill(1);
  // Two queries by four functions at a time, in doubles: each number read serves several sums, which is several times as fast as pair by pair.
  const width = pool[0]?.code.length ?? 0;
  const questions = packed(
    asked.map(({ query }) => query),
    asked.length + (asked.length % 2),
    width,
  );
  const scores = new Float64Array(8);
  for (let block = 0; block < pool.length; block += 4) {
    const four = pool.slice(block, block + 4);
    const functions = packed(
      four.map(({ code }) => code),
      4,
      width,
    );
    for (let at = 0; at < asked.length; at++) {
      if (at % 2 === 0) products(questions, at * width, functions, width, scores);
      const { own, holder } = asked[at]!;
      for (let column = 0; column < four.length; column++) {
        const score = scores[4 * (at % 2) + column]!;
        const other = four[column]!.index;
        if (other !== holder && (score > own || (score === own && other < holder))) ranks[at]! += 1;
      }
    }
  }
  return asked.map(({ index }, at) => ({ sample: index, rank: ranks[at]! }));
}

/** [rows, width], missing rows 0. */
function packed(vectors: readonly Float32Array[], rows: number, width: number): Float64Array {
  const all = new Float64Array(rows * width);
  vectors.forEach((vector, row) => all.set(vector, row * width));
  return all;
}

/**
 * scores[4·q + c] of the two queries from `start` on and functions [4, width]; each sum in `cosine`'s order, so that equal pairs give equal
 * numbers.
 */
function products(queries: Float64Array, start: number, functions: Float64Array, width: number, scores: Float64Array): void {
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let k = 0; k < width; k++) {
    const x = queries[start + k]!;
    const y = queries[start + width + k]!;
    const c0 = functions[k]!;
    const c1 = functions[width + k]!;
    const c2 = functions[2 * width + k]!;
    const c3 = functions[3 * width + k]!;
    a0 += x * c0;
    a1 += x * c1;
    a2 += x * c2;
    a3 += x * c3;
    b0 += y * c0;
    b1 += y * c1;
    b2 += y * c2;
    b3 += y * c3;
  }
  scores[0] = a0;
  scores[1] = a1;
  scores[2] = a2;
  scores[3] = a3;
  scores[4] = b0;
  scores[5] = b1;
  scores[6] = b2;
  scores[7] = b3;
}

/** Of unit vectors; the same sum in the same order for equal pairs. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
