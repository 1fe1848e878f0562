/** Sub-token rows and the batches they travel in, padded to few lengths. */
import { UserError } from '../core/errors.ts';
import type { HostValue } from '../engine/index.ts';
import type { Network } from './network.ts';
import type { RowShape, TokenInput } from './row-shape.ts';
import type { ModelInput, Task } from './task.ts';

/** cls + the first L−2 sub-tokens + sep; padding is added per batch (victims-and-data.md 3). */
export function makeRow(ids: readonly number[], special: { readonly cls: number; readonly sep: number }, maxTokens: number): number[] {
  return [special.cls, ...ids.slice(0, maxTokens - 2), special.sep];
}

/** A batch's row length: the next of a few lengths. On Devign cut to 400, 2.7 % more work than rows without padding. */
export function bucketLength(length: number, maxTokens: number): number {
  const step = length <= 128 ? 16 : 32;
  return Math.min(Math.ceil(length / step) * step, maxTokens);
}

/** Lengths, by stream, of the batch that holds these samples. */
export function rowLengths(
  inputs: readonly ModelInput[],
  { streams, limits }: Pick<Task, 'streams' | 'limits'>,
  maxTokens: number,
): number[] {
  const most = limits(maxTokens);
  return streams.map(({ rows }) => {
    // A list of 90,102 pairs has more rows than a call may have arguments.
    const longest = inputs.reduce((before, input) => rows.reduce((own, row) => Math.max(own, input[row]!.length), before), 0);
    return bucketLength(longest, Math.max(...rows.map((row) => most[row]!)));
  });
}

/** By which samples of like length are put together. */
export const inputLength = (input: ModelInput): number => Math.max(...input.map((row) => row.length));

/** A smaller batch is worth a program of its own down to this many sub-tokens. */
const SMALLEST_BATCH_TOKENS = 1024;
/** Share of a batch that its rows must fill, unless no smaller one is left. */
const FILLED = 0.75;

/**
 * Sizes of the batches that `count` rows of one length travel in: full ones, and quarters and quarters of these for the rest, so
 * that two or three programs a length serve any count and little padding is computed. They depend on nothing but the arguments.
 */
export function batchSizes(count: number, tokens: number, batchTokens: number): number[] {
  const sizes: number[] = [];
  let size = Math.max(1, Math.floor(batchTokens / tokens));
  for (let left = count; left > 0;) {
    const smaller = Math.ceil(size / 4);
    if (left < FILLED * size && smaller < size && smaller * tokens >= SMALLEST_BATCH_TOKENS) {
      size = smaller;
    } else {
      sizes.push(size);
      left -= size;
    }
  }
  return sizes;
}

/** As many as a program computes; missing ones are copies of the first, to be given weight 0. */
export function fillBatch<Sample>(samples: readonly Sample[], batch: number): Sample[] {
  const [first] = samples;
  if (first === undefined) throw new Error('a batch needs a sample');
  return Array.from({ length: batch }, (_, b) => samples[b] ?? first);
}

/** Samples as a program reads them, each stream's rows padded to its length; missing samples are copies of the first, to be given weight 0. */
export function makeBatch(
  inputs: readonly ModelInput[],
  { streams }: Pick<Task, 'streams'>,
  { batch, tokens }: RowShape,
  network: RowRules,
): Readonly<Record<TokenInput, HostValue>> {
  const filled = fillBatch(inputs, batch);
  return Object.fromEntries(
    streams.flatMap(({ rows }, stream) => {
      const ofSample = (input: ModelInput): (readonly number[])[] =>
        rows.map((row) => {
          const found = input[row];
          if (found === undefined) throw new Error(`a sample lacks row ${row}`);
          return found;
        });
      const { ids, mask } = padRows(filled.flatMap(ofSample), tokens[stream]!, network);
      return [[`ids${stream}`, ids] as const, [`mask${stream}`, mask] as const];
    }),
  );
}

/** What a network asks of the rows it is given. */
export type RowRules = Pick<Network, 'rowEnd'> & { readonly words: Pick<Network['words'], 'pad'> };

/** Rows padded to [rows, tokens]. */
export function padRows(
  rows: readonly (readonly number[])[],
  tokens: number,
  { words: { pad }, rowEnd }: RowRules,
): Readonly<Record<'ids' | 'mask', HostValue>> {
  const ids = new Int32Array(rows.length * tokens).fill(pad);
  const mask = new Float32Array(rows.length * tokens);
  for (const [index, row] of rows.entries()) {
    if (row.length > tokens) throw new Error(`a row of ${row.length} sub-tokens does not fit ${tokens}`);
    if (rowEnd !== null && row.at(-1) !== rowEnd) {
      throw new UserError(
        'rows',
        `one of ${row.length} sub-tokens ends in ${row.at(-1) ?? 'nothing'}, and the model reads its state at the separator, ${rowEnd}`,
        'rows that end in it: EliBadCode’s “position.candidates” must be “same”, or lie within every row',
      );
    }
    ids.set(row, index * tokens);
    mask.fill(1, index * tokens, index * tokens + row.length);
  }
  const shape = [rows.length, tokens];
  return { ids: { shape, dtype: 'int32', data: ids }, mask: { shape, dtype: 'float32', data: mask } };
}

export function vector(values: readonly number[], length = values.length): HostValue {
  const data = new Float32Array(length);
  data.set(values);
  return { shape: [length], dtype: 'float32', data };
}
