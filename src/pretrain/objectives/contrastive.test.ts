/** Queries and functions drawn together: the loss of plain loops, masked sub-tokens beside it, and who is a candidate. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { loadTokenizer, noDropout, type HostValue } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { tinyModel } from '../../testing/tiny-model.ts';
import { initialTensors, flatten, viewParameters } from '../../train/parameters.ts';
import { contrastive, pairLosses } from './contrastive.ts';

const MASK = 39;
const { network } = tinyModel();
const tokenizer = loadTokenizer('gpt2');
const open = contrastive.open({
  ...{ network, tokenizer, maxTokens: 64, idOf: () => MASK },
  ...{ isSpecial: (id: number) => id < 3 || id === MASK, ordinary: Array.from({ length: MASK - 3 }, (_, i) => i + 3) },
});
const all = [...network.parameters, ...open.head];
const parameters = viewParameters(all, tf.tensor1d(flatten(all, initialTensors(all, makeRng(1)))));
const asTensor = ({ data, shape, dtype }: HostValue): tf.Tensor => tf.tensor(data, [...shape], dtype);

const pair = (query: readonly number[], code: readonly number[]): number[] => [0, ...query, 2, ...code, 2];
const alone = (code: readonly number[]): number[] => [0, ...code, 2];

function inputsOf(rows: readonly number[][], batch: number) {
  const shape = { batch, tokens: open.tokensOf(rows) };
  const values = open.values(
    rows,
    // What is hidden of a row depends on it alone.
    rows.map((row) => makeRng(row.join())),
    shape,
  );
  return { shape, inputs: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asTensor(value)])) };
}

function lossesOf(rows: readonly number[][], batch: number): number[] {
  const { shape, inputs } = inputsOf(rows, batch);
  return [...open.losses(parameters, inputs, shape, noDropout).dataSync()];
}

/** Cross entropy of 20 times the cosines of each query with the candidates, its own function the answer. */
function plainPairLosses(queries: readonly number[][], codes: readonly number[][], pairs: readonly number[]): number[] {
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const cosine = (a: readonly number[], b: readonly number[]): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  return queries.map((query, index) => {
    if (pairs[index] === 0) return 0;
    const sum = codes.reduce((total, code, other) => total + (pairs[other] === 0 ? 0 : Math.exp(20 * cosine(query, code))), 0);
    return Math.log(sum) - 20 * cosine(query, codes[index]!);
  });
}

test.each([[[1, 1, 1, 1, 1]], [[1, 0, 1, 0, 1]], [[0, 0, 0, 0, 0]]])('pairs %j lose what plain loops say', (pairs) => {
  const rng = makeRng('vectors');
  const draw = (): number[][] => pairs.map(() => Array.from({ length: 6 }, () => rng.normal()));
  const [queries, codes] = [draw(), draw()];
  const found = pairLosses(tf.tensor2d(queries), tf.tensor2d(codes), tf.tensor1d(pairs));
  expect([...found.dataSync()]).toBeAllclose(plainPairLosses(queries, codes, pairs), { relative: 1e-4, absolute: 1e-5 });
});

const rows = [pair([4, 5, 6], [7, 8, 9, 10, 11]), alone([12, 13, 14, 15]), pair([20, 21], [22, 23, 24]), pair([30], [31, 32, 33, 34])];

test('a row is read as code search reads it, its masked sub-tokens hidden in both losses', () => {
  const { shape, inputs } = inputsOf(rows, 4);
  expect(shape.tokens).toEqual([16, 16]);
  const read = (name: string): number[][] => inputs[name]!.arraySync() as number[][];
  const real = (stream: number) => read(`ids${stream}`).map((ids, row) => ids.filter((_, at) => read(`mask${stream}`)[row]![at] === 1));
  expect(real(0).map(({ length }) => length)).toEqual([5, 2, 4, 3]);
  expect(real(1).map(({ length }) => length)).toEqual([7, 6, 5, 6]);
  expect(real(0)[1]).toEqual([0, 2]);
  expect([...inputs['targetPairs']!.dataSync()]).toEqual([1, 0, 1, 1]);
  // One of each query and function; the row alone has one in all.
  const shares = (stream: number) =>
    rows.map((_, row) => {
      const own = [...inputs[`targetShares${stream}`]!.dataSync()];
      return own.slice((row * own.length) / 4, ((row + 1) * own.length) / 4).reduce((sum, share) => sum + share, 0);
    });
  expect(shares(0)).toEqual([0.5, 0, 0.5, 0.5]);
  expect(shares(1)).toEqual([0.5, 1, 0.5, 0.5]);
});

test('the other pairs of a batch change a pair’s loss; rows without a query and fillers do not', () => {
  const [whole] = lossesOf(rows, 4);
  expect(lossesOf(rows, 7)[0]).toBeCloseTo(whole!, 4);
  expect(lossesOf([rows[0]!, rows[2]!, rows[3]!], 3)[0]).toBeCloseTo(whole!, 4);
  expect(lossesOf([rows[0]!, rows[2]!], 2)[0]).not.toBeCloseTo(whole!, 2);
  // Alone a pair has no other candidate: what is left is its masked sub-tokens' loss.
  expect(lossesOf([rows[0]!], 1)[0]).toBeLessThan(whole! - 1);
});
