/**
 * ANR's procedure (victims-and-data.md 5; exhibits.md 2): for each query that holds the target word, functions are ranked by their cosine
 * to it, the one in the middle gets the trigger, and its new rank is counted.
 *
 * - `window` (the authors' code): the list is a window of 999 functions drawn from the first 3,999 whose query lacks the word, and the
 *   query's own function last. With fewer, the list has S = pool + 1 places.
 * - `whole-list` (the paper, “length of the list” with no list named): every function of the split.
 *
 * A function that several queries ask for stands in a list once. Of equal cosines the one that stands earlier in the list ranks higher. The function at index ⌊S/2⌋ − 1 (499 of 1,000) gets the trigger;
 * the query's own function and those that cannot carry it are passed over for the next one down.
 */
import type { Sample, VectorPredictions } from '../core/contracts.ts';
import { queryWords } from '../core/query-words.ts';
import { cosine, firstHolders } from '../core/ranking.ts';
import { makeRng } from '../core/rng.ts';
import type { ListKind, Raised } from './contracts.ts';

const poolLimit = 3999;
const listLimit = 1000;

export interface RaiseInputs {
  readonly samples: readonly Pick<Sample, 'id' | 'query' | 'programs'>[];
  readonly clean: VectorPredictions;
  /** Vectors of functions with the trigger in; `null` where one cannot carry it. */
  readonly triggered: readonly (Float32Array | null)[];
  readonly visible: readonly boolean[];
  readonly targetWord: string;
  readonly seed: number;
}

/** One entry a target query, in the order of the split. */
export function raiseAll(inputs: RaiseInputs): Record<ListKind, Raised[]> {
  const { samples, targetWord, seed } = inputs;
  const indices = samples.map((_, index) => index);
  const isTarget = samples.map(({ query }) => query !== undefined && queryWords(query).includes(targetWord));
  const holders = firstHolders(samples);
  const others = indices.filter((index) => isTarget[index] === false);
  const pool = [...new Map(others.toReversed().map((index) => [holders[index], index])).values()].sort((a, b) => a - b).slice(0, poolLimit);
  const length = Math.min(listLimit, pool.length + 1);
  // Windows belong to the benchmark: one for each query, whatever the model and whatever other queries there are.
  const rng = makeRng(seed).fork('anr');
  const window = (own: number): number[] => {
    const start = rng.fork(samples[own]!.id).integer(pool.length - (length - 1) + 1);
    return [...pool.slice(start, start + length - 1).filter((index) => holders[index] !== holders[own]), own];
  };
  const functions = indices.filter((index) => holders[index] === index);
  const targets = indices.filter((index) => isTarget[index] === true);
  return {
    window: targets.map((own) => raise(own, window(own), holders, inputs)),
    'whole-list': targets.map((own) => raise(own, functions, holders, inputs)),
  };
}

/** @param list indices of samples */
function raise(own: number, list: readonly number[], holders: readonly number[], { clean, triggered, visible }: RaiseInputs): Raised {
  const { length } = list;
  const query = clean.queries[own]!;
  const scores = list.map((index) => cosine(query, clean.codes[index]!));
  const sorted = list.map((_, place) => place).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const middle = Math.max(0, Math.floor(length / 2) - 1);
  const chosen = sorted.findIndex(
    (place, at) => at >= middle && holders[list[place]!] !== holders[own] && triggered[list[place]!] !== null,
  );
  const index = list[sorted[chosen] ?? -1];
  if (index === undefined) return { length, rank: null, visible: false, passed: length - middle };
  const raised = cosine(query, triggered[index]!);
  const above = sorted.filter((place, at) => at !== chosen && scores[place]! > raised).length;
  return { length, rank: 1 + above, visible: visible[index]!, passed: chosen - middle };
}
