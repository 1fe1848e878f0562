/** Clone detection's pair, loss, prediction and threshold rules (victims-and-data.md 3, 4.3, 4.6). */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import '../../testing/matchers.ts';
import type { LabelPredictions } from '../../core/contracts.ts';
import { noDropout, openEngine } from '../../engine/index.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import { makeProgram } from '../../testing/program.ts';
import { tinyModel, tinyRows } from '../../testing/tiny-model.ts';
import { openScorer } from '../scorer.ts';
import { clone } from './clone.ts';

const labelled = (probabilities: readonly number[]): LabelPredictions => ({ kind: 'labels', probabilities });

describeOnDevices('loss and head', (open) => {
  test('the loss is the mean cross entropy of two logits, the probability their soft-max’s second', async () => {
    const logits = { shape: [3, 2], dtype: 'float32', data: Float32Array.of(0, 0, 1, 3, 2, -40) } as const;
    const labels = { shape: [3], dtype: 'float32', data: Float32Array.of(1, 0, 1) } as const;
    const program = await (
      await open()
    ).compile({
      name: 'loss',
      inputs: { logits, labels },
      keep: [],
      fetch: ['losses', 'probabilities'],
      body: ({ logits: z, labels: y }) => ({
        losses: clone.losses(z as tf.Tensor2D, y as tf.Tensor1D, tf.onesLike(y) as tf.Tensor1D),
        probabilities: clone.probabilities!(z as tf.Tensor2D),
      }),
    });
    const { fetched } = await program.run({ logits, labels });
    await program.release();
    expect(fetched.losses).toBeAllclose([Math.log(2), Math.log(1 + Math.exp(2)), 42]);
    expect(fetched.probabilities).toBeAllclose([0.5, 1 / (1 + Math.exp(-2)), 0], { relative: 1e-5, absolute: 1e-7 });
  });

  test('the head reads both programs, in their order', async () => {
    // Rows 2b and 2b + 1 are a pair's.
    const pairs = { shape: [4, 2], dtype: 'float32', data: Float32Array.of(1, 0, 0, 1, 2, 0, 0, 3) } as const;
    const program = await (
      await open()
    ).compile({
      name: 'head',
      inputs: { pairs },
      keep: [],
      fetch: ['logits'],
      body(inputs) {
        const head = {
          'head.dense.weight': tf.tensor2d([0.1, 0, 0, 0, 0, 0, 0, 0.1], [2, 4]),
          'head.dense.bias': tf.zeros([2]),
          'head.output.weight': tf.tensor2d([1, 0, 0, 1], [2, 2]),
          'head.output.bias': tf.zeros([2]),
        };
        return { logits: clone.outputs(head, [inputs.pairs as tf.Tensor2D], noDropout) };
      },
    });
    const { fetched } = await program.run({ pairs });
    await program.release();
    expect(fetched.logits).toBeAllclose([0.1, 0.1, 0.2, 0.3].map(Math.tanh));
  });
});

test('a pair’s score depends on the order of its programs, and on nothing beside it', async () => {
  const model = tinyModel({ task: clone });
  const { rows } = tinyRows(9, { longest: 60, seed: 5 });
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const scorer = await openScorer(engine, model, model.tensors);
  const inputs = rows.map((row, index) => [row, rows.at(index - 4)!]);
  const labels = inputs.map(() => 1);
  const all = await scorer.score(inputs, labels);
  const alone = await scorer.score([inputs[3]!], [1]);
  const swapped = await scorer.score([inputs[3]!.toReversed()], [1]);
  await scorer.close();
  expect(alone[0]!.probability).toBeAllclose(all[3]!.probability);
  expect(Math.abs(swapped[0]!.probability - alone[0]!.probability)).toBeGreaterThan(1e-6);
});

test('F1 at one half, or at the best of the authors’ 99 thresholds', () => {
  // At 0.5: one right, one missed, one wrong: 2·1/(2 + 1 + 1).
  expect(clone.score(labelled([0.9, 0.4, 0.6, 0.1]), [1, 1, 0, 0], 'half')).toBe(0.5);
  // Between 0.1 and 0.4 all of label 1 are called, and one of label 0.
  expect(clone.score(labelled([0.9, 0.4, 0.6, 0.1]), [1, 1, 0, 0], 'best')).toBeCloseTo(0.8, 12);
  expect(clone.score(labelled([0.2, 0.3]), [1, 0], 'half')).toBe(0);
  expect(clone.score(labelled([0.2, 0.3]), [1, 0], 'best')).toBeCloseTo(2 / 3, 12);
});

test('a sample has two programs', () => {
  const program = makeProgram('int f ( )');
  expect(clone.words({ id: 's', label: 0, programs: [program, makeProgram('g')] })).toEqual([['int', 'f', '(', ')'], ['g']]);
  expect(() => clone.words({ id: 's', label: 0, programs: [program] })).toThrow(/^s: /);
  expect(clone.limits(400)).toEqual([400, 400]);
});
