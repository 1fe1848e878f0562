/** Defect detection's loss, prediction and score (victims-and-data.md 4.3). */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import '../../testing/matchers.ts';
import type { LabelPredictions } from '../../core/contracts.ts';
import { openEngine } from '../../engine/index.ts';
import { makeProgram } from '../../testing/program.ts';
import { defect } from './defect.ts';

/** Losses, probabilities and dΣloss/dlogit of rows with these logits and labels. */
async function evaluate(logits: readonly number[], labels: readonly number[]) {
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const program = await engine.compile({
    name: 'loss',
    inputs: { logits: { shape: [logits.length, 1], dtype: 'float32' }, labels: { shape: [labels.length], dtype: 'float32' } },
    keep: [],
    fetch: ['losses', 'probabilities', 'slopes'],
    body({ logits: z, labels: y }) {
      const losses = (x: tf.Tensor): tf.Tensor1D => defect.losses(x as tf.Tensor2D, y as tf.Tensor1D, tf.onesLike(y) as tf.Tensor1D);
      const slopes = tf.grad((x) => tf.sum(losses(x)))(z);
      return { losses: losses(z), probabilities: defect.probabilities!(z as tf.Tensor2D), slopes };
    },
  });
  const { fetched } = await program.run({
    logits: { shape: [logits.length, 1], dtype: 'float32', data: Float32Array.from(logits) },
    labels: { shape: [labels.length], dtype: 'float32', data: Float32Array.from(labels) },
  });
  await program.release();
  return fetched;
}

test('the loss vectors of victims-and-data.md 4.3', async () => {
  const nine = Math.log(9);
  const { losses, probabilities } = await evaluate([0, nine, nine, 200], [1, 1, 0, 0]);
  expect(probabilities).toBeAllclose([0.5, 0.9, 0.9, 1]);
  expect(losses).toBeAllclose([0.693147, 0.105361, 2.302585, 23.025851]);
});

test('losses and their slopes are finite however sure the model is, and the slope is p − y', async () => {
  const logits = [-200, -30, -2, 0, 0.5, 30, 200];
  for (const label of [0, 1]) {
    const labels = logits.map(() => label);
    const { losses, slopes, probabilities } = await evaluate(logits, labels);
    expect([...losses, ...slopes].every(Number.isFinite)).toBe(true);
    expect(losses.every((loss) => loss >= -1e-6 && loss <= 23.03)).toBe(true);
    const middle = [2, 3, 4];
    expect(middle.map((i) => slopes[i]!)).toBeAllclose(
      middle.map((i) => probabilities[i]! - label),
      { relative: 1e-4 },
    );
  }
});

test('accuracy counts p > 0.5 as 1, in any order of the samples', () => {
  const labelled = (probabilities: readonly number[]): LabelPredictions => ({ kind: 'labels', probabilities });
  expect(defect.score(labelled([0.5, 0.51, 0.2, 0.9]), [0, 1, 1, 1], 'half')).toBe(0.75);
  const rows = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1)), { minLength: 1 });
  const score = (pairs: readonly (readonly [number, number])[]): number =>
    defect.score(
      labelled(pairs.map(([p]) => p)),
      pairs.map(([, label]) => label),
      'half',
    );
  fc.assert(
    fc.property(rows, (pairs) => {
      expect(score(pairs)).toBe(score(pairs.toReversed()));
      expect(score(pairs)).toBeGreaterThanOrEqual(0);
      expect(score(pairs)).toBeLessThanOrEqual(1);
    }),
    { seed: 1 },
  );
});

test('a sample’s row is its one program’s tokens', () => {
  const program = makeProgram('int f', { functionName: 'f' });
  expect(defect.words({ id: 's', label: 0, programs: [program] })).toEqual([['int', 'f']]);
  expect(() => defect.words({ id: 's', label: 0, programs: [] })).toThrow(/^s: /);
});
