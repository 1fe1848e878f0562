/** Next sub-tokens: each is told from those before it alone, padding tells nothing, and what a row loses is what plain loops say. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { loadTokenizer, noDropout, type HostValue } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { PAD, tinyModel, tinyRows } from '../../testing/tiny-model.ts';
import { architectures, type RowShape } from '../../train/index.ts';
import { viewParameters, flatten } from '../../train/parameters.ts';
import { nextToken } from './next-token.ts';

const VOCABULARY = 40;
const { network, tensors } = tinyModel({ architecture: architectures['gpt-bigcode'], vocabulary: VOCABULARY });
const tokenizer = loadTokenizer('gpt2');
const open = nextToken.open({
  ...{ network, tokenizer, maxTokens: 64, idOf: (id: number) => id },
  ...{ isSpecial: (id: number) => id < 3, ordinary: Array.from({ length: VOCABULARY - 3 }, (_, i) => i + 3) },
});
const parameters = viewParameters(network.parameters, tf.tensor1d(flatten(network.parameters, tensors)));
const asTensor = ({ data, shape, dtype }: HostValue): tf.Tensor => tf.tensor(data, [...shape], dtype);

/** @param shares of each place in its row's loss; default: the objective's own */
function lossesOf(rows: readonly number[][], batch: number, shares?: (own: Float32Array) => Float32Array): number[] {
  const shape: RowShape = { batch, tokens: open.tokensOf(rows) };
  const values = open.values(
    rows,
    rows.map((_, index) => makeRng(index)),
    shape,
  );
  const inputs = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asTensor(value)]));
  if (shares !== undefined) inputs['targetShares'] = tf.tensor1d(shares(inputs['targetShares']!.dataSync() as Float32Array));
  return [...open.losses(parameters, inputs, shape, noDropout).dataSync()];
}

/** The loss of each prediction of a row, by plain sums over the network's states. */
function plainLosses(row: readonly number[]): number[] {
  const ids = tf.tensor2d([...row], [1, row.length], 'int32');
  const given = { words: network.lookUpWords(parameters, ids), mask: tf.ones<tf.Rank.R2>([1, row.length]), ids };
  const states = network.encode(parameters, given, { dropout: noDropout, read: 'all' }).arraySync();
  const words = (parameters['words'] as tf.Tensor2D).arraySync();
  return row.slice(1).map((next, place) => {
    const logits = words.map((word) => word.reduce((sum, value, i) => sum + value * states[place]![i]!, 0));
    return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[next]!;
  });
}

const { rows } = tinyRows(5);

test('a row’s loss is the mean over its sub-tokens behind the first, whatever fills its batch', () => {
  const expected = rows.map((row) => plainLosses(row).reduce((sum, loss) => sum + loss, 0) / (row.length - 1));
  expect(lossesOf(rows, 8).slice(0, 5)).toBeAllclose(expected, { relative: 1e-4 });
  expect(rows.map(open.weight)).toEqual(rows.map((row) => row.length - 1));
});

test('a later sub-token changes no earlier loss, and its own', () => {
  const [row] = tinyRows(1, { seed: 4, longest: 12 }).rows as [number[]];
  const places = row.length - 1;
  for (let place = 1; place < row.length - 1; place++) {
    const other = row.with(place, row[place] === 7 ? 8 : 7);
    const until = (count: number) => (own: Float32Array) => own.map((_, at) => (at % (own.length / 2) < count ? 1 / places : 0));
    const [before, changed] = lossesOf([row, other], 2, until(place - 1));
    expect(changed).toBe(before);
    const [own, ownChanged] = lossesOf([row, other], 2, until(place));
    expect(ownChanged).not.toBe(own);
  }
});

test('padding is neither told nor seen', () => {
  const [row] = rows as [number[]];
  const long = [0, ...Array<number>(50).fill(5), 2];
  expect(lossesOf([row, long], 2)[0]).toBeCloseTo(lossesOf([row], 1)[0]!, 5);
  expect(row).not.toContain(PAD);
});
