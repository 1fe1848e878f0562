/**
 * Rows of word ids as the crafting model's programs take them: time first, padding in front, so that both directions end on a word.
 *
 * Shapes: B rows, S steps, T words of a name with its end mark.
 */
import type { HostValue, Signature } from '../../engine/index.ts';
import { source, target } from './vocabulary.ts';

export interface RowShape {
  readonly batch: number;
  readonly steps: number;
}

export type SourceInput = 'ids' | 'turn' | 'mask';
export type NameInput = 'previous' | 'gold' | 'weights';

export const sourceSignature = ({ batch, steps }: RowShape): Signature<SourceInput> => ({
  ids: { shape: [steps * batch], dtype: 'int32' },
  turn: { shape: [steps * batch], dtype: 'int32' },
  mask: { shape: [steps, batch], dtype: 'float32' },
});

export const nameSignature = (batch: number, words: number): Signature<NameInput> => ({
  previous: { shape: [words * batch], dtype: 'int32' },
  gold: { shape: [batch * words], dtype: 'int32' },
  weights: { shape: [batch * words], dtype: 'float32' },
});

/** Length of the program that computes a row: few lengths, because each is compiled. */
export const bucketLength = (length: number, most: number): number => Math.min(Math.ceil(length / 32) * 32, most);

/**
 * `turn` holds, for each place, the place of the same row that the backward direction reads there; it is its own inverse.
 * Missing rows are copies of the first.
 */
export function sourceValues(rows: readonly (readonly number[])[], { batch, steps }: RowShape): Record<SourceInput, HostValue> {
  const ids = new Int32Array(steps * batch).fill(source.pad);
  const turn = Int32Array.from({ length: steps * batch }, (_, place) => place);
  const mask = new Float32Array(steps * batch);
  for (let b = 0; b < batch; b++) {
    const row = rows[b] ?? rows[0];
    if (row === undefined || row.length === 0) throw new Error('a batch needs rows, and a row words');
    if (row.length > steps) throw new Error(`a row of ${row.length} words does not fit ${steps} steps`);
    const first = steps - row.length;
    row.forEach((id, index) => {
      const place = (first + index) * batch + b;
      ids[place] = id;
      turn[place] = (steps - 1 - index) * batch + b;
      mask[place] = 1;
    });
  }
  const flat = { shape: [steps * batch], dtype: 'int32' } as const;
  return { ids: { ...flat, data: ids }, turn: { ...flat, data: turn }, mask: { shape: [steps, batch], dtype: 'float32', data: mask } };
}

/** @param names ids with their end mark; rows beyond them weigh nothing */
export function nameValues(names: readonly (readonly number[])[], batch: number, words: number): Record<NameInput, HostValue> {
  const previous = new Int32Array(words * batch).fill(target.start);
  const gold = new Int32Array(batch * words).fill(target.end);
  const weights = new Float32Array(batch * words);
  names.forEach((name, b) => {
    if (name.length > words) throw new Error(`a name of ${name.length} words does not fit ${words}`);
    name.forEach((id, t) => {
      gold[b * words + t] = id;
      weights[b * words + t] = 1;
      if (t + 1 < words) previous[(t + 1) * batch + b] = id;
    });
  });
  return {
    previous: { shape: [words * batch], dtype: 'int32', data: previous },
    gold: { shape: [batch * words], dtype: 'int32', data: gold },
    weights: { shape: [batch * words], dtype: 'float32', data: weights },
  };
}
